//! `x-oss-server-side-encryption` and its kin (§6.5).

use gateway::Fault;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::text;
use crate::fault::encryption as fault;
use crate::reply::Headers;
use crate::rows::{DEFAULT_KEY, Encryption, Extras};

/// The method.
pub(crate) const METHOD: &str = "x-oss-server-side-encryption";
/// The method for the data where the key management service has the keys.
pub(crate) const DATA: &str = "x-oss-server-side-data-encryption";
/// The key of that service.
pub(crate) const KEY: &str = "x-oss-server-side-encryption-key-id";

/// How a request wants its object encrypted; `None` if it says nothing. A method for the data means nothing without
/// the key management service (oss2's `test_put_object_with_encryption`).
///
/// Errors: `InvalidEncryptionAlgorithmError`, `InvalidArgument`.
pub(crate) fn encryption(headers: &HeaderMap) -> Result<Option<Encryption>, Fault> {
    let method = text(headers, const { HeaderName::from_static(METHOD) });
    let key = text(headers, const { HeaderName::from_static(KEY) });
    if let (Some(key), true) = (&key, method.as_deref() != Some("KMS")) {
        return Err(fault::key_without_kms(key));
    }
    match method.as_deref() {
        None => Ok(None),
        Some("AES256") => Ok(Some(Encryption::Aes256)),
        Some("SM4") => Ok(Some(Encryption::Sm4)),
        Some("KMS") => {
            let sm4 = match text(headers, const { HeaderName::from_static(DATA) }).as_deref() {
                None => false,
                Some("SM4") => true,
                Some(_) => return Err(fault::invalid_algorithm()),
            };
            let key = key.as_deref().filter(|key| !key.is_empty());
            let key = key.unwrap_or(DEFAULT_KEY).into();
            Ok(Some(Encryption::Kms { key, sm4 }))
        }
        Some(_) => Err(fault::invalid_algorithm()),
    }
}

/// Says how an object, or an upload that is to become one, is encrypted.
pub(crate) fn write_encryption(extras: &Extras, into: &mut Headers) {
    let Some(encryption) = &extras.encryption else {
        return;
    };
    let method = match encryption {
        Encryption::Aes256 => "AES256",
        Encryption::Sm4 => "SM4",
        Encryption::Kms { .. } => "KMS",
    };
    let put = |into: &mut Headers, name, value| into.insert(HeaderName::from_static(name), value);
    put(into, METHOD, HeaderValue::from_static(method));
    if let Encryption::Kms { key, sm4 } = encryption {
        into.write(HeaderName::from_static(KEY), &**key);
        if *sm4 {
            put(into, DATA, HeaderValue::from_static("SM4"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said about the object that a request makes.
    fn told(pairs: &[(&'static str, &'static str)]) -> Result<Vec<String>, &'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        let extras = Extras {
            encryption: encryption(&headers).map_err(|fault| fault.code())?,
            ..Extras::default()
        };
        let mut into = Headers::default();
        write_encryption(&extras, &mut into);
        let into = into.into_map();
        let shown = |name| into.get(name).map_or("-", |v| v.to_str().unwrap());
        Ok([METHOD, DATA, KEY].map(shown).map(str::to_owned).to_vec())
    }

    #[test]
    fn what_is_asked_for_is_told() {
        let is = |all: [&str; 3]| Ok(all.map(str::to_owned).to_vec());
        assert_eq!(told(&[]), is(["-", "-", "-"]));
        assert_eq!(told(&[(METHOD, "AES256")]), is(["AES256", "-", "-"]));
        assert_eq!(told(&[(METHOD, "SM4")]), is(["SM4", "-", "-"]));
        assert_eq!(told(&[(METHOD, "KMS")]), is(["KMS", "-", DEFAULT_KEY]));
        let all = [(METHOD, "KMS"), (DATA, "SM4"), (KEY, "mine")];
        assert_eq!(told(&all), is(["KMS", "SM4", "mine"]));
        let data = [(METHOD, "AES256"), (DATA, "SM4")];
        assert_eq!(told(&data), is(["AES256", "-", "-"]));
        assert_eq!(told(&[(DATA, "SM4")]), is(["-", "-", "-"]));
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        let bad = Err("InvalidEncryptionAlgorithmError");
        assert_eq!(told(&[(METHOD, "DES")]), bad);
        assert_eq!(told(&[(METHOD, "")]), bad);
        assert_eq!(told(&[(METHOD, "kms")]), bad);
        assert_eq!(told(&[(METHOD, "KMS"), (DATA, "AES256")]), bad);
        let key = Err("InvalidArgument");
        assert_eq!(told(&[(KEY, "mine")]), key);
        assert_eq!(told(&[(METHOD, "SM4"), (KEY, "mine")]), key);
    }
}

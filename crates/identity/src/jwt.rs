//! The tokens of OpenID Connect: read, and held against the issuer's keys.
//!
//! A token is three parts in Base64url between dots: header, claims, signature (RFC 7515, RFC 7519). Keys are a JSON
//! Web Key Set (RFC 7517). Signatures are RSA with PKCS#1 v1.5 and SHA-2, or ECDSA on P-256 (RFC 7518): what
//! providers use. Symmetric ones are refused, and so is none at all.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::Fault;
use serde::{Deserialize, Deserializer};
use signature::jws::{Algorithm, Key};

use crate::fault;

/// How long a token may be, in characters
/// (<https://help.aliyun.com/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc>).
const LENGTH: std::ops::RangeInclusive<usize> = 4..=20_000;

/// The algorithm of this name, if it is one that providers use.
fn algorithm(name: &str) -> Option<Algorithm> {
    use Algorithm::{Es256, Rs256, Rs384, Rs512};
    let known = Algorithm::parse(name);
    known.filter(|algorithm| matches!(algorithm, Rs256 | Rs384 | Rs512 | Es256))
}

#[derive(Debug, Deserialize)]
struct Header {
    #[serde(default)]
    alg: String,
    kid: Option<String>,
}

/// What a token says. Times are seconds of Unix time.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// Who made it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// Whom it is about.
    #[serde(rename = "sub")]
    pub subject: String,
    /// For whom it was made.
    #[serde(rename = "aud", deserialize_with = "one_or_many")]
    pub audience: Vec<String>,
    /// When it ends.
    #[serde(rename = "exp", deserialize_with = "seconds")]
    pub expires: i64,
    /// When it was made.
    #[serde(rename = "iat", deserialize_with = "seconds")]
    pub issued: i64,
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Audience::deserialize(from)? {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
    })
}

/// Times may have a fraction (RFC 7519 §2), which means nothing here.
fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let seconds = f64::deserialize(from)?;
    Ok(seconds as i64)
}

/// A token that was read. Nothing of it is proven yet.
#[derive(Debug)]
pub struct Token<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    signed: &'a str,
    signature: Vec<u8>,
    /// What it says.
    pub claims: Claims,
}

impl<'a> Token<'a> {
    /// Reads a token.
    ///
    /// # Errors
    ///
    /// `AuthenticationFail.OIDCToken.Invalid`, with the text for what is wrong.
    pub fn read(text: &'a str) -> Result<Self, Fault> {
        if text.is_empty() {
            return Err(fault::empty_token());
        }
        if !LENGTH.contains(&text.len()) {
            return Err(fault::unrecognized_token());
        }
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(fault::token_without_three_parts());
        };
        let decode = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part);
            bytes.map_err(|_| fault::undecodable_token())
        };
        let signed = &text[..header.len() + 1 + claims.len()];
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
        let unrecognized = |_| fault::unrecognized_token();
        let header: Header = serde_json::from_slice(&header).map_err(unrecognized)?;
        let algorithm = algorithm(&header.alg);
        Ok(Self {
            algorithm: algorithm.ok_or_else(|| fault::unknown_algorithm(&header.alg))?,
            key_id: header.kid,
            signed,
            signature,
            claims: serde_json::from_slice(&claims).map_err(unrecognized)?,
        })
    }

    /// Whether one of the keys made the signature. Where the token names its key, only that one counts.
    pub fn is_signed_by(&self, keys: &KeySet) -> bool {
        let named = |key: &&Key| match (&self.key_id, &key.kid) {
            (Some(wanted), Some(kid)) => wanted == kid,
            _ => true,
        };
        keys.keys.iter().filter(named).any(|key| self.fits(key))
    }

    fn fits(&self, key: &Key) -> bool {
        key.verifies(self.algorithm, self.signed.as_bytes(), &self.signature)
    }
}

/// A JSON Web Key Set. Keys of kinds that are not known are left alone.
#[derive(Debug, Clone, Deserialize)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads a key set.
    ///
    /// # Errors
    ///
    /// What is wrong with the text: it is none, or has no keys.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let set: Self = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        match set.keys.is_empty() {
            true => Err("it has no keys".to_owned()),
            false => Ok(set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 7515, A.2: an RS256 signature over other claims than ours.
    const RS256_KEY: &str = r#"{"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}]}"#;
    const RS256_SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const RS256_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    /// RFC 7515, A.3: ES256.
    const ES256_KEY: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    const ES256_SIGNED: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const ES256_SIGNATURE: &str =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn token<'a>(algorithm: Algorithm, signed: &'a str, signature: &str) -> Token<'a> {
        Token {
            algorithm,
            key_id: None,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
            claims: Claims {
                issuer: String::new(),
                subject: String::new(),
                audience: Vec::new(),
                expires: 0,
                issued: 0,
            },
        }
    }

    #[test]
    fn signatures_of_the_rfc_verify_and_changed_ones_do_not() {
        let rsa = KeySet::parse(RS256_KEY.as_bytes()).unwrap();
        let ec = KeySet::parse(ES256_KEY.as_bytes()).unwrap();
        for (algorithm, signed, signature, key, other) in [
            (Algorithm::Rs256, RS256_SIGNED, RS256_SIGNATURE, &rsa, &ec),
            (Algorithm::Es256, ES256_SIGNED, ES256_SIGNATURE, &ec, &rsa),
        ] {
            let good = token(algorithm, signed, signature);
            assert!(good.is_signed_by(key));
            assert!(!good.is_signed_by(other));
            assert!(!token(algorithm, &signed[1..], signature).is_signed_by(key));
            for at in 0..good.signature.len() {
                let mut bad = token(algorithm, signed, signature);
                bad.signature[at] ^= 1;
                assert!(!bad.is_signed_by(key), "{algorithm:?} byte {at}");
            }
            let mut other_key = token(algorithm, signed, signature);
            other_key.algorithm = match algorithm {
                Algorithm::Rs256 => Algorithm::Rs512,
                _ => Algorithm::Rs256,
            };
            assert!(!other_key.is_signed_by(key));
        }
    }

    #[test]
    fn a_key_is_chosen_by_its_id() {
        let key = RS256_KEY.replace(r#""kty""#, r#""kid":"one","kty""#);
        let key = KeySet::parse(key.as_bytes()).unwrap();
        let mut named = token(Algorithm::Rs256, RS256_SIGNED, RS256_SIGNATURE);
        assert!(named.is_signed_by(&key), "a token that names none");
        named.key_id = Some("one".to_owned());
        assert!(named.is_signed_by(&key));
        named.key_id = Some("two".to_owned());
        assert!(!named.is_signed_by(&key));
    }

    #[test]
    fn key_sets_that_are_none() {
        for wrong in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{}]}"#, "[]"] {
            assert!(KeySet::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_token_is_said() {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let claims = part(r#"{"iss":"i","sub":"s","aud":"a","exp":2.5,"iat":1}"#);
        let made = |header: &str, claims: &str| format!("{}.{claims}.c2ln", part(header));
        let good = made(r#"{"alg":"RS256","kid":"k"}"#, &claims);
        let read = Token::read(&good).unwrap();
        assert_eq!(read.claims.audience, ["a"]);
        assert_eq!(read.claims.expires, 2);
        let many = part(r#"{"iss":"i","sub":"s","aud":["a","b"],"exp":2,"iat":1}"#);
        let many = made(r#"{"alg":"ES256"}"#, &many);
        assert_eq!(Token::read(&many).unwrap().claims.audience, ["a", "b"]);
        let says = |text: &str| Token::read(text).unwrap_err().text().to_owned();
        assert_eq!(says(""), "The OIDCToken can not empty.");
        for two in ["a.bb", "a.b.c.d", "abcd"] {
            assert!(says(two).contains("3 parts"), "{two}");
        }
        assert!(says("a=.b.c").contains("Cannot decode base64"));
        for (alg, shown) in [("HS256", "HS256"), ("none", "none"), ("PS256", "PS256")] {
            let text = made(&format!(r#"{{"alg":"{alg}"}}"#), &claims);
            let wanted =
                format!("The algorithm {shown} that be specified in Jwt header is unknown.");
            assert_eq!(says(&text), wanted);
        }
        for json in [
            "[]",
            "{}",
            r#"{"iss":"i","sub":"s","aud":"a","exp":2}"#,
            r#"{"iss":1,"sub":"s","aud":"a","exp":2,"iat":1}"#,
        ] {
            let text = made(r#"{"alg":"RS256"}"#, &part(json));
            assert!(says(&text).contains("cannot be recognized"), "{json}");
        }
        assert!(says(&"a".repeat(20_001)).contains("cannot be recognized"));
    }

    proptest! {
        #[test]
        fn strangers_texts_are_read_without_panic(text in "\\PC{0,80}", key in any::<Vec<u8>>()) {
            let _ = Token::read(&text);
            let _ = KeySet::parse(&key);
        }

        #[test]
        fn strangers_keys_sign_nothing(n in any::<Vec<u8>>(), e in any::<Vec<u8>>()) {
            let [n, e] = [n, e].map(|part| URL_SAFE_NO_PAD.encode(part));
            for (kty, first, second) in [("RSA", "n", "e"), ("EC", "x", "y")] {
                let keys = format!(r#"{{"keys":[{{"kty":"{kty}","crv":"P-256","{first}":"{n}","{second}":"{e}"}}]}}"#);
                let keys = KeySet::parse(keys.as_bytes()).unwrap();
                prop_assert!(!token(Algorithm::Rs256, RS256_SIGNED, RS256_SIGNATURE).is_signed_by(&keys));
                prop_assert!(!token(Algorithm::Es256, ES256_SIGNED, ES256_SIGNATURE).is_signed_by(&keys));
            }
        }
    }
}

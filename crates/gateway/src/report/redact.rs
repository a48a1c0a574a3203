//! What of a request may be shown.

use percent_encoding::percent_decode_str;
use signature::{Query, encode};

use super::Sent;
use crate::{Head, KeptHead};

/// What stands in the place of something secret.
const HIDDEN: &str = "…";

/// Parts of names whose values are secret.
const SECRET: [&str; 6] = [
    "token",
    "password",
    "secret",
    "assertion",
    "customer-key",
    "cookie",
];
/// What looks like them and tells nothing.
const HARMLESS: [&str; 3] = ["nexttoken", "continuation-token", "softwaretoken"];
const SIGNATURES: [&str; 4] = [
    "signature",
    "x-oss-signature",
    "x-fc-signature",
    "x-acs-signature",
];

/// Whether a header or parameter of this name has a value that nobody should see.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let looks = SECRET.iter().any(|part| name.contains(part));
    let harmless = HARMLESS.iter().any(|part| name.ends_with(part));
    SIGNATURES.contains(&name.as_str()) || (looks && !harmless)
}

/// Line and headers without what is secret. `head` is the same taken apart, if that could be done.
pub(super) fn sent(kept: &KeptHead, head: Option<&Head>) -> Sent {
    let form = head.and_then(|head| head.form.as_ref());
    Sent {
        method: kept.method().to_owned(),
        host: kept.host().to_owned(),
        path: kept.path().to_owned(),
        query: head.map(|head| pairs(&head.query)).unwrap_or_default(),
        form: form.map(pairs).unwrap_or_default(),
        headers: kept
            .headers()
            .map(|(name, value)| (name.to_owned(), header(name, value)))
            .collect(),
        peer: kept.peer.to_string(),
        secure: kept.secure,
    }
}

fn pairs(query: &Query) -> Vec<(String, String)> {
    let shown = query.iter().map(|pair| {
        let value = match is_secret(pair.name) {
            true => HIDDEN,
            false => pair.value,
        };
        (pair.name.to_owned(), value.to_owned())
    });
    shown.collect()
}

fn header(name: &str, value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match name {
        _ if is_secret(name) => HIDDEN.to_owned(),
        "authorization" => authorization(&text),
        _ => text.into_owned(),
    }
}

/// The signature comes last in every form: behind the last colon, or behind the last `Signature=`.
fn authorization(text: &str) -> String {
    let begin = text
        .rfind("Signature=")
        .map(|at| at + "Signature=".len())
        .or_else(|| text.rfind(':').map(|at| at + 1));
    match begin.and_then(|at| text.get(..at)) {
        Some(shown) => format!("{shown}{HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

/// A text that was made from a request, such as a string to sign, without the request's secrets.
pub(super) fn scrub(text: &str, head: &Head) -> String {
    let parameters = head
        .query
        .iter()
        .chain(head.form.iter().flat_map(Query::iter));
    let parameters = parameters
        .filter(|pair| is_secret(pair.name))
        .map(|pair| pair.value.to_owned());
    let headers = head
        .headers
        .iter()
        .filter(|(name, _)| is_secret(name.as_str()));
    let headers = headers.map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut shown = text.to_owned();
    for secret in parameters.chain(headers).filter(|one| !one.is_empty()) {
        let once = encode::component(&secret);
        let twice = encode::component(&once);
        let decoded = percent_decode_str(&secret).decode_utf8_lossy().into_owned();
        for form in [twice, once, secret, decoded] {
            shown = shown.replace(&form, HIDDEN);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "SecurityToken",
            "x-oss-security-token",
            "Password",
            "Signature",
            "x-oss-signature",
            "OIDCToken",
            "SAMLAssertion",
            "Cookie",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "SignatureNonce",
            "SignatureMethod",
            "NextToken",
            "continuation-token",
            "AccessKeyId",
            "x-oss-signature-version",
            "host",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_signature_is_cut_off() {
        for (text, shown) in [
            ("OSS id:c2lnbg==", "OSS id:…"),
            (
                "OSS4-HMAC-SHA256 Credential=id/20260101/r/oss/aliyun_v4_request,Signature=ab",
                "OSS4-HMAC-SHA256 Credential=id/20260101/r/oss/aliyun_v4_request,Signature=…",
            ),
            ("Bearer abc", "…"),
        ] {
            assert_eq!(authorization(text), shown);
        }
    }
}

//! RPC requests as text: reading and verifying never panics, what is signed verifies wherever its parameters stand, and no
//! longer when one of them is changed.
//!
//! The input is a request as on the wire, with line feeds only: method and target, headers, an empty line, the form.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use signature::{Payload, Plus, Query, Reading, Scheme, Secret, Signable};

const SCHEMES: [Scheme; 2] = [Scheme::RpcV1, Scheme::Acs3];
/// What signing sets.
const OURS: [(&str, &str); 5] = [
    ("AccessKeyId", "key"),
    ("SignatureMethod", "HMAC-SHA1"),
    ("SignatureVersion", "1.0"),
    ("SignatureNonce", "n"),
    ("Timestamp", "2026-01-01T00:00:00Z"),
];
const DROPPED: [&str; 4] = ["Signature", "SignatureType", "BearerToken", "SecurityToken"];

struct Parsed<'a> {
    method: &'a str,
    query: Query,
    form: Query,
    headers: HeaderMap,
    body: &'a str,
}

impl Parsed<'_> {
    fn signable<'s>(&'s self, query: &'s Query, form: &'s Query) -> Signable<'s> {
        Signable {
            method: self.method,
            path: "/",
            query,
            form: Some(form),
            headers: &self.headers,
            resource: None,
            payload: Payload::Bytes(self.body.as_bytes()),
        }
    }
}

fuzz_target!(|text: &str| {
    let Some(parsed) = parse(text) else { return };
    let whole = parsed.signable(&parsed.query, &parsed.form);
    let stranger = Secret::new("a secret that no input can know");
    for scheme in SCHEMES {
        if let Reading::Mine(claim) = signature::read(&[scheme], &whole) {
            assert!(claim.verify(&stranger, &whole).is_err());
        }
    }
    v1(&parsed, &stranger);
    acs3(&parsed, &stranger);
});

fn parse(text: &str) -> Option<Parsed<'_>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let (_, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.take(64).filter_map(|line| line.split_once(": ")) {
        headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?);
    }
    Some(Parsed {
        method,
        query: Query::parse(query, Plus::Space).ok()?,
        form: Query::parse(body, Plus::Space).ok()?,
        headers,
        body,
    })
}

fn v1(parsed: &Parsed<'_>, secret: &Secret) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in parsed.query.iter().chain(parsed.form.iter()) {
        let known = pairs.iter().any(|(name, _)| *name == pair.name);
        let ours = OURS.iter().any(|(name, _)| *name == pair.name) || DROPPED.contains(&pair.name);
        if !known && !ours {
            pairs.push((pair.name.to_owned(), pair.value.to_owned()));
        }
    }
    pairs.extend(OURS.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (all, none) = (Query::from_pairs(pairs.clone()), Query::from_pairs::<String, String>([]));
    let signature = signature::rpc_v1::sign(&parsed.signable(&all, &none), secret);
    pairs.push(("Signature".to_owned(), signature));
    for at in [0, pairs.len() / 2, pairs.len()] {
        let (query, form) = pairs.split_at(at);
        let (query, form) = (Query::from_pairs(query.to_vec()), Query::from_pairs(form.to_vec()));
        assert!(verifies(Scheme::RpcV1, &parsed.signable(&query, &form), secret), "split at {at}");
    }
    if let Some((_, value)) = pairs.first_mut().filter(|(name, _)| name != "AccessKeyId") {
        value.push('x');
        let changed = Query::from_pairs(pairs);
        assert!(!verifies(Scheme::RpcV1, &parsed.signable(&changed, &none), secret));
    }
}

fn acs3(parsed: &Parsed<'_>, secret: &Secret) {
    let mut signed = Parsed {
        method: parsed.method,
        query: parsed.query.clone(),
        form: parsed.form.clone(),
        headers: parsed.headers.clone(),
        body: parsed.body,
    };
    let ours = [("x-acs-date", "2026-01-01T00:00:00Z"), ("x-acs-signature-nonce", "n"), ("host", "sts.aliyuncs.com")];
    for (name, value) in ours {
        signed.headers.insert(name, HeaderValue::from_static(value));
    }
    for name in ["authorization", "x-acs-content-sha256", "x-acs-security-token"] {
        signed.headers.remove(name);
    }
    let whole = signed.signable(&signed.query, &signed.form);
    let value = signature::acs3::sign(&whole, "key", secret, &["host", "x-acs-date", "x-acs-signature-nonce"]);
    let Ok(value) = HeaderValue::from_str(&value) else { return };
    signed.headers.insert("authorization", value);
    let whole = signed.signable(&signed.query, &signed.form);
    if let Reading::Mine(claim) = signature::read(&[Scheme::Acs3], &whole) {
        assert!(claim.verify(secret, &whole).is_ok());
        let mut more = signed.query.clone();
        more.push("fuzz", "x");
        assert!(claim.verify(secret, &signed.signable(&more, &signed.form)).is_err());
    }
}

fn verifies(scheme: Scheme, request: &Signable<'_>, secret: &Secret) -> bool {
    match signature::read(&[scheme], request) {
        Reading::Mine(claim) => claim.verify(secret, request).is_ok(),
        _ => false,
    }
}

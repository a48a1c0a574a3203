//! Requests with any path, query, form and headers: reading and verifying a signature never panics, and nobody can
//! sign without the secret.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use signature::{Payload, Plus, Query, Reading, Resource, Scheme, Secret, Signable};

const SCHEMES: [Scheme; 8] = [
    Scheme::OssV1,
    Scheme::OssV2,
    Scheme::OssV4,
    Scheme::OssPost,
    Scheme::RpcV1,
    Scheme::Acs3,
    Scheme::RoaV1,
    Scheme::FcV1,
];

fuzz_target!(|input: (&str, &str, &str, Vec<(&str, &[u8])>, &[u8])| {
    let (path, query, form, headers, body) = input;
    let (Ok(query), Ok(form)) = (Query::parse(query, Plus::Space), Query::parse(form, Plus::Space)) else {
        return;
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers.into_iter().take(64) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    let request = Signable {
        method: "PUT",
        path,
        query: &query,
        form: Some(&form),
        headers: &map,
        resource: Some(Resource {
            bucket: Some("bucket"),
            key: Some(path),
        }),
        payload: Payload::Bytes(body),
    };
    for scheme in SCHEMES {
        if let Reading::Mine(claim) = signature::read(&[scheme], &request) {
            let secret = Secret::new("a secret that no input can know");
            assert!(claim.verify(&secret, &request).is_err());
        }
    }
});

//! Requests to HTTP triggers of any configuration: they are refused, or become an event that is JSON and has the whole body,
//! and a description that programs can read.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::DateTime;
use fc::{HttpRequest, strangers};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

type Input<'a> = (&'a str, &'a str, &'a str, &'a str, Vec<(&'a str, &'a [u8])>, &'a [u8]);

fuzz_target!(|input: Input<'_>| {
    let (config, method, path, query, headers, body) = input;
    if let Some((_, service, function, rest)) = strangers::trigger_path(path) {
        assert!(!service.is_empty() && !function.is_empty() && path.ends_with(rest));
    }
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
            all.append(name, value);
        }
    }
    let request = HttpRequest {
        method: Method::from_bytes(method.as_bytes()).unwrap_or_default(),
        version: Version::HTTP_11,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: all,
        source: [127, 0, 0, 1].into(),
        uri: format!("{path}?{query}"),
    };
    let config: Map<String, Value> = serde_json::from_str(config).unwrap_or_default();
    let (now, body) = (DateTime::UNIX_EPOCH, Bytes::copy_from_slice(body));
    let Ok((request, body)) = strangers::admitted(&config, request, body, now) else {
        return;
    };
    let event: Value = serde_json::from_str(&strangers::event(&request, &body, now)).expect("an event is JSON");
    if event["isBase64Encoded"] == true {
        let sent = STANDARD.decode(event["body"].as_str().expect("a text")).expect("Base64");
        assert_eq!(sent, body);
    }
    let params = STANDARD.decode(strangers::params(&request)).expect("Base64");
    let params: Value = serde_json::from_slice(&params).expect("a description is JSON");
    assert_eq!(params["requestURI"], request.uri);
});

//! Requests over HTTP to programs that ask for their requests: those of Node.js and Go in FC 2.0.
//!
//! The header `x-fc-http-params`, JSON in Base64, describes the request; the event is its body. The answer is described in
//! the same way, by a header or, as fc-runtime-go-sdk has it (`fc/http_handler_response.go`), within a JSON body
//! (`spec/fc.md` §2).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};
use signature::{Plus, Query};

use crate::web::event::{capitals, text};
use crate::{HttpAnswer, HttpRequest};

/// The header that describes a request and its answer.
pub(super) const NAME: &str = "x-fc-http-params";

/// The description of a request.
pub(crate) fn of(request: &HttpRequest) -> HeaderValue {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &request.headers {
        let values = headers.entry(capitals(name.as_str())).or_default();
        values.push(text(value));
    }
    let query = Query::parse(&request.query, Plus::Space).unwrap_or_default();
    let mut queries: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in query.iter() {
        queries.entry(pair.name).or_default().push(pair.value);
    }
    let described = json!({
        "path": percent_decode_str(&request.path).decode_utf8_lossy(),
        "method": request.method.as_str(),
        "requestURI": request.uri,
        "clientIP": request.source.to_string(),
        "host": request.headers.get(http::header::HOST).map(text),
        "queriesMap": queries,
        "headersMap": headers,
    });
    let encoded = STANDARD.encode(described.to_string());
    HeaderValue::try_from(encoded).expect("Base64 has only what headers may have")
}

/// How an answer is described.
#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    status: u16,
    #[serde(default, rename = "headersMap")]
    headers: BTreeMap<String, Value>,
}

/// An answer whose description is within its body.
#[derive(Deserialize)]
struct Wrapped {
    headers: BTreeMap<String, String>,
    body: Option<String>,
}

/// The answer that was posted, with its body. `None` if it describes none.
pub(crate) fn answer(described: Option<&HeaderValue>, body: &Bytes) -> Option<(HttpAnswer, Bytes)> {
    if let Some(described) = described {
        return Some((read(described.as_bytes())?, body.clone()));
    }
    let wrapped: Wrapped = serde_json::from_slice(body).ok()?;
    let answer = read(wrapped.headers.get(NAME)?.as_bytes())?;
    let body = STANDARD.decode(wrapped.body.unwrap_or_default()).ok()?;
    Some((answer, body.into()))
}

fn read(encoded: &[u8]) -> Option<HttpAnswer> {
    let described: Described = serde_json::from_slice(&STANDARD.decode(encoded).ok()?).ok()?;
    // A Go program that says nothing has 0.
    let status = match described.status {
        0 => StatusCode::OK,
        number => StatusCode::from_u16(number).ok()?,
    };
    let mut headers = HeaderMap::new();
    for (name, values) in &described.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let values = match values {
            Value::Array(values) => values.iter().collect(),
            one => vec![one],
        };
        for value in values {
            let value = HeaderValue::from_bytes(value.as_str()?.as_bytes()).ok()?;
            headers.append(name.clone(), value);
        }
    }
    Some(HttpAnswer { status, headers })
}

#[cfg(test)]
mod tests {
    use http::{Method, Version};
    use proptest::prelude::*;

    use super::*;

    fn request() -> HttpRequest {
        let mut headers = HeaderMap::new();
        for (name, value) in [("host", "h"), ("x-many", "1"), ("x-many", "2")] {
            headers.append(name, HeaderValue::from_static(value));
        }
        HttpRequest {
            method: Method::PUT,
            version: Version::HTTP_11,
            path: "/a%20b/%FF".to_owned(),
            query: "k=1&x=+%C3%A4&k=2&bare".to_owned(),
            headers,
            source: [127, 0, 0, 1].into(),
            uri: "/2016-08-15/proxy/s/f/a%20b/%FF?k=1&x=+%C3%A4&k=2&bare".to_owned(),
        }
    }

    fn encoded(described: &Value) -> String {
        STANDARD.encode(described.to_string())
    }

    #[test]
    fn a_request_is_described() {
        let described = STANDARD.decode(of(&request())).unwrap();
        let described: Value = serde_json::from_slice(&described).unwrap();
        let expected = json!({
            "path": "/a b/\u{fffd}", "method": "PUT", "clientIP": "127.0.0.1", "host": "h",
            "requestURI": "/2016-08-15/proxy/s/f/a%20b/%FF?k=1&x=+%C3%A4&k=2&bare",
            "queriesMap": {"bare": [""], "k": ["1", "2"], "x": [" ä"]},
            "headersMap": {"Host": ["h"], "X-Many": ["1", "2"]},
        });
        assert_eq!(described, expected);
    }

    #[test]
    fn answers_in_both_forms() {
        let params = encoded(&json!({"status": 201, "headersMap": {"A-B": ["1", "2"], "C": "3"}}));
        let header = HeaderValue::try_from(params.clone()).unwrap();
        let plain = answer(Some(&header), &Bytes::from_static(b"body")).unwrap();
        let wrapped = json!({"headers": {NAME: params, "A-B": "1, 2"}, "body": "Ym9keQ==", "isBase64Encoded": true});
        assert_eq!(answer(None, &wrapped.to_string().into()).unwrap(), plain);
        let (said, body) = plain;
        assert_eq!((said.status.as_u16(), &*body), (201, &b"body"[..]));
        let all: Vec<_> = said.headers.get_all("a-b").iter().collect();
        assert_eq!(all, ["1", "2"]);
        assert_eq!(said.headers["c"], "3");
    }

    #[test]
    fn what_is_no_answer() {
        assert!(answer(None, &Bytes::from_static(b"{\"statusCode\": 200}")).is_none());
        for bad in [
            json!({"status": 99}),
            json!({"headersMap": {"a b": "c"}}),
            json!({"headersMap": {"a": "b\nc"}}),
            json!(1),
        ] {
            let header = HeaderValue::try_from(encoded(&bad)).unwrap();
            assert!(answer(Some(&header), &Bytes::new()).is_none(), "{bad}");
        }
        let nothing = HeaderValue::try_from(encoded(&json!({"status": 0}))).unwrap();
        assert_eq!(answer(Some(&nothing), &Bytes::new()).unwrap().0.status, 200);
    }

    proptest! {
        #[test]
        fn any_path_and_query_can_be_told(path in "/\\PC{0,30}", query in "\\PC{0,30}") {
            let request = HttpRequest { path, query, ..request() };
            let described = STANDARD.decode(of(&request)).unwrap();
            let described: Value = serde_json::from_slice(&described).unwrap();
            prop_assert_eq!(&described["requestURI"], &request.uri);
        }
    }
}

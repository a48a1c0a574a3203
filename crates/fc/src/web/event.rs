//! The event that a request over HTTP becomes for Python functions of FC 3.0 (spec/fc.md §1.10).
//! <https://help.aliyun.com/zh/functioncompute/fc/user-guide/http-trigger-invoking-function>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use signature::Query;

use super::HttpRequest;

/// The types of bodies that are text, besides `text/*`.
const TEXTS: [&str; 6] = [
    "application/json",
    "application/ld+json",
    "application/xhtml+xml",
    "application/xml",
    "application/atom+xml",
    "application/javascript",
];

/// What the event tells besides the request.
#[derive(Debug)]
pub(crate) struct About<'a> {
    /// Whose function it is.
    pub(crate) account: &'a str,
    /// The first label of the trigger's host.
    pub(crate) prefix: &'a str,
    /// All of it.
    pub(crate) domain: &'a str,
    pub(crate) request_id: &'a str,
    /// When the request came.
    pub(crate) at: DateTime<Utc>,
}

/// The event of a request with this body.
pub(crate) fn of(request: &HttpRequest, query: &Query, body: &[u8], about: &About<'_>) -> Value {
    let is_text = request.headers.get(CONTENT_TYPE).is_some_and(is_text);
    let shown = match is_text {
        true => String::from_utf8_lossy(body).into_owned(),
        false => STANDARD.encode(body),
    };
    let agent = request.headers.get(USER_AGENT).map(text);
    json!({
        "version": "v1",
        "rawPath": request.path,
        "headers": headers(&request.headers),
        "queryParameters": parameters(query),
        "body": shown,
        "isBase64Encoded": !is_text,
        "requestContext": {
            "accountId": about.account,
            "domainName": about.domain,
            "domainPrefix": about.prefix,
            "requestId": about.request_id,
            "time": about.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            "timeEpoch": about.at.timestamp_millis().to_string(),
            "http": {
                "method": request.method.as_str(),
                "path": percent_decode_str(&request.path).decode_utf8_lossy(),
                "protocol": format!("{:?}", request.version),
                "sourceIp": request.source.to_string(),
                "userAgent": agent.unwrap_or_default(),
            },
        },
    })
}

fn is_text(kind: &HeaderValue) -> bool {
    let kind = text(kind).to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") || TEXTS.contains(&kind)
}

/// A header's value as text.
pub(crate) fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Names with capitals, several values of one joined with commas. The host is told elsewhere.
fn headers(all: &HeaderMap) -> Map<String, Value> {
    let names = all.keys().filter(|name| **name != HOST);
    let joined = names.map(|name| {
        let values: Vec<_> = all.get_all(name).iter().map(text).collect();
        (capitals(name.as_str()), values.join(",").into())
    });
    joined.collect()
}

/// `Content-Type` for `content-type`.
pub(crate) fn capitals(name: &str) -> String {
    let mut begins = true;
    let capital = |c: char| {
        let capital = if begins { c.to_ascii_uppercase() } else { c };
        begins = c == '-';
        capital
    };
    name.chars().map(capital).collect()
}

fn parameters(query: &Query) -> Map<String, Value> {
    let mut all: Map<String, Value> = Map::new();
    for pair in query.iter() {
        match all.get_mut(pair.name) {
            Some(Value::String(before)) => {
                before.push(',');
                before.push_str(pair.value);
            }
            _ => {
                all.insert(pair.name.to_owned(), pair.value.into());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, Method, Version};
    use proptest::prelude::*;
    use signature::Plus;

    use super::*;

    fn request(path: &str, headers: &[(&str, &str)]) -> HttpRequest {
        let pair = |(name, value): &(&str, &str)| {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        let mut all = HeaderMap::new();
        for (name, value) in headers.iter().map(pair) {
            all.append(name, value);
        }
        HttpRequest {
            method: Method::GET,
            version: Version::HTTP_11,
            path: path.to_owned(),
            query: String::new(),
            headers: all,
            source: [127, 0, 0, 1].into(),
            uri: path.to_owned(),
        }
    }

    fn event(request: &HttpRequest, query: &str, body: &[u8]) -> Value {
        let about = About {
            account: "1",
            prefix: "example",
            domain: "example.cn-hangzhou.fcapp.run",
            request_id: "1-a-b",
            at: "2025-02-14T06:39:08.145Z".parse().unwrap(),
        };
        of(
            request,
            &Query::parse(query, Plus::Space).unwrap(),
            body,
            &about,
        )
    }

    #[test]
    fn the_documents_own_example() {
        let request = request(
            "/",
            &[
                ("accept", "*/*"),
                ("user-agent", "CurlHttpClient"),
                ("host", "example"),
            ],
        );
        let expected = r#"{"version":"v1","rawPath":"/","headers":{"Accept":"*/*","User-Agent":"CurlHttpClient"},"queryParameters":{"parameter1":"value1","parameter2":"value2"},"body":"","isBase64Encoded":true,"requestContext":{"accountId":"1","domainName":"example.cn-hangzhou.fcapp.run","domainPrefix":"example","requestId":"1-a-b","time":"2025-02-14T06:39:08Z","timeEpoch":"1739515148145","http":{"method":"GET","path":"/","protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":"CurlHttpClient"}}}"#;
        let got = event(&request, "parameter1=value1&parameter2=value2", b"");
        assert_eq!(got.to_string(), expected);
    }

    #[test]
    fn what_is_repeated_is_joined() {
        let request = request(
            "/a%20b",
            &[("x-many", "1"), ("x-many", "2"), ("x-one", "é")],
        );
        let got = event(&request, "k=1&k=2&bare&k=", b"");
        assert_eq!(got["headers"], json!({"X-Many": "1,2", "X-One": "é"}));
        assert_eq!(got["queryParameters"], json!({"k": "1,2,", "bare": ""}));
        assert_eq!(got["rawPath"], "/a%20b");
        assert_eq!(got["requestContext"]["http"]["path"], "/a b");
    }

    #[test]
    fn only_text_goes_as_it_is() {
        for (kind, text) in [
            ("text/plain", true),
            ("Text/HTML; charset=utf-8", true),
            ("application/json", true),
            ("application/ld+json;x=y", true),
            ("application/xhtml+xml", true),
            ("application/xml", true),
            ("application/atom+xml", true),
            ("application/javascript", true),
            ("application/x-www-form-urlencoded", false),
            ("application/octet-stream", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            let got = event(&request("/", &[("content-type", kind)]), "", b"body");
            let body = if text { "body" } else { "Ym9keQ==" };
            assert_eq!(got["body"], body, "{kind}");
            assert_eq!(got["isBase64Encoded"], !text, "{kind}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_told(
            path in "/[!-~]{0,20}",
            query in "[!-~]{0,30}",
            name in "[a-z][a-z0-9-]{0,10}",
            value in proptest::collection::vec(0x20_u8..=0x7e, 0..20),
            body in proptest::collection::vec(any::<u8>(), 0..64),
            text in any::<bool>(),
        ) {
            let mut request = request(&path, &[]);
            let value = HeaderValue::from_bytes(&value).unwrap();
            request.headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.clone());
            let kind = if text { "text/plain" } else { "image/png" };
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            let query = Query::parse(&query, Plus::Space).unwrap_or_default();
            let about = About { account: "1", prefix: "p", domain: "p.q", request_id: "1", at: DateTime::UNIX_EPOCH };
            let event = of(&request, &query, &body, &about);
            // It is JSON, and nothing is lost of a body that is not text.
            let read: Value = serde_json::from_str(&event.to_string()).unwrap();
            prop_assert_eq!(&read, &event);
            prop_assert_eq!(&read["rawPath"], &path);
            if !text {
                let bytes = STANDARD.decode(read["body"].as_str().unwrap()).unwrap();
                prop_assert_eq!(bytes, body);
            }
            let names: std::collections::HashSet<_> = query.iter().map(|pair| pair.name).collect();
            prop_assert_eq!(read["queryParameters"].as_object().unwrap().len(), names.len());
        }
    }
}

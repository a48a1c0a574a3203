//! What a function returns, as the answer to a request over HTTP (spec/fc.md §1.10).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::HttpAnswer;

/// The most that the headers of a request or an answer may have together, in bytes.
pub(super) const MAX_HEADERS: usize = 8 << 10;

/// Headers that a function may not set. Those that begin with `x-fc-` are further ones.
const RESERVED: [&str; 7] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
    "upgrade",
];

/// Why an answer cannot be one, as a sentence.
pub(crate) type Bad = String;

/// The answer that the result of an event function means: an object with `statusCode` describes it, anything else is the
/// body of a plain one.
///
/// # Errors
///
/// A status or header that there cannot be.
pub(crate) fn of_event(result: Bytes) -> Result<(HttpAnswer, Bytes), Bad> {
    let described = match serde_json::from_slice(&result) {
        Ok(Value::Object(described)) if described.contains_key("statusCode") => described,
        _ => {
            let headers = HeaderMap::new();
            return Ok((typed(StatusCode::OK, headers), result));
        }
    };
    let status = status(&described["statusCode"])?;
    let headers = headers(described.get("headers"))?;
    Ok((typed(status, headers), body(&described)))
}

fn typed(status: StatusCode, mut headers: HeaderMap) -> HttpAnswer {
    let kind = HeaderValue::from_static("application/json");
    headers.entry(CONTENT_TYPE).or_insert(kind);
    // Functions that get events cannot set it at all.
    headers.remove(CONTENT_DISPOSITION);
    HttpAnswer { status, headers }
}

fn status(value: &Value) -> Result<StatusCode, Bad> {
    let number = value.as_u64().and_then(|n| u16::try_from(n).ok());
    let status = number.and_then(|n| StatusCode::from_u16(n).ok());
    let status = status.filter(|status| !status.is_informational());
    status.ok_or_else(|| format!("the function answered with the statusCode {value}"))
}

fn headers(value: Option<&Value>) -> Result<HeaderMap, Bad> {
    let none = Map::new();
    let named = match value {
        None | Some(Value::Null) => &none,
        Some(Value::Object(named)) => named,
        Some(other) => return Err(format!("the function answered with the headers {other}")),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let bad = || format!("the function answered with the header {name:?}: {text:?}");
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        headers.append(parsed, HeaderValue::from_str(&text).map_err(|_| bad())?);
    }
    Ok(headers)
}

/// What cannot be decoded stays as it is.
fn body(described: &Map<String, Value>) -> Bytes {
    let text = match described.get("body") {
        None | Some(Value::Null) => return Bytes::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let encoded = described.get("isBase64Encoded") == Some(&Value::Bool(true));
    let decoded = encoded.then(|| STANDARD.decode(&text).ok()).flatten();
    decoded.unwrap_or_else(|| text.into_bytes()).into()
}

impl HttpAnswer {
    /// Takes out what a function may not set.
    ///
    /// # Errors
    ///
    /// More headers than there may be, or a status that is no final one.
    pub(crate) fn checked(mut self) -> Result<Self, Bad> {
        if self.status.is_informational() {
            return Err(format!(
                "the function answered with the status {}",
                self.status.as_u16()
            ));
        }
        let size = size(&self.headers);
        if size > MAX_HEADERS {
            return Err(format!(
                "the headers of the answer have {size} bytes, and {MAX_HEADERS} are the most"
            ));
        }
        let reserved: Vec<_> = self
            .headers
            .keys()
            .filter(|name| is_reserved(name))
            .cloned()
            .collect();
        for name in reserved {
            self.headers.remove(name);
        }
        Ok(self)
    }

    /// Whether browsers would follow it somewhere else.
    pub(super) fn redirects(&self) -> bool {
        self.status.is_redirection() && self.status != StatusCode::NOT_MODIFIED
    }

    /// On the default domains browsers do not show what functions answer, but save it.
    pub(super) fn attached(&mut self) {
        let own = self.headers.get(CONTENT_DISPOSITION);
        let own = own.and_then(|value| value.to_str().ok());
        if !own.is_some_and(|own| {
            own.trim_start()
                .to_ascii_lowercase()
                .starts_with("attachment")
        }) {
            let value = HeaderValue::from_static("attachment");
            self.headers.insert(CONTENT_DISPOSITION, value);
        }
    }
}

fn is_reserved(name: &HeaderName) -> bool {
    let name = name.as_str();
    RESERVED.contains(&name) || name.starts_with("x-fc-")
}

/// The bytes of all names and values together.
pub(super) fn size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(result: &str) -> (u16, String, String) {
        let (answer, body) = of_event(Bytes::copy_from_slice(result.as_bytes())).unwrap();
        let kind = answer.headers[CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = String::from_utf8(body.to_vec()).unwrap();
        (answer.status.as_u16(), kind, body)
    }

    #[test]
    fn results_without_a_status_are_bodies() {
        for result in [
            "Hello World!",
            r#"{"message": "Hello World!"}"#,
            "[1, 2]",
            "",
            "null",
            r#"[{"statusCode": 404}]"#,
        ] {
            let expected = (200, "application/json".to_owned(), result.to_owned());
            assert_eq!(answer(result), expected);
        }
    }

    #[test]
    fn results_with_a_status_describe_the_answer() {
        let json = "application/json".to_owned();
        for (result, expected) in [
            (r#"{"statusCode": 204}"#, (204, json.clone(), "")),
            (
                r#"{"statusCode": 201, "headers": {"content-type": "text/html"}, "body": "<p>"}"#,
                (201, "text/html".to_owned(), "<p>"),
            ),
            (
                r#"{"statusCode": 200, "body": {"message": "Hello, world!"}}"#,
                (200, json.clone(), r#"{"message":"Hello, world!"}"#),
            ),
            (
                r#"{"statusCode": 200, "body": "YWI=", "isBase64Encoded": true}"#,
                (200, json.clone(), "ab"),
            ),
            (
                r#"{"statusCode": 200, "body": "no base64!", "isBase64Encoded": true}"#,
                (200, json.clone(), "no base64!"),
            ),
        ] {
            let (status, kind, body) = expected;
            assert_eq!(answer(result), (status, kind, body.to_owned()), "{result}");
        }
    }

    #[test]
    fn answers_that_cannot_be() {
        for result in [
            r#"{"statusCode": "many"}"#,
            r#"{"statusCode": 42}"#,
            r#"{"statusCode": 101}"#,
            r#"{"statusCode": 200, "headers": []}"#,
            r#"{"statusCode": 200, "headers": {"a b": "c"}}"#,
            r#"{"statusCode": 200, "headers": {"a": "b\nc: d"}}"#,
        ] {
            let result = Bytes::copy_from_slice(result.as_bytes());
            assert!(of_event(result.clone()).is_err(), "{result:?}");
        }
    }

    fn with(headers: &[(&'static str, &'static str)]) -> HttpAnswer {
        let pairs = headers.iter();
        let pairs = pairs.map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        HttpAnswer {
            status: StatusCode::OK,
            headers: pairs.collect(),
        }
    }

    #[test]
    fn reserved_headers_are_ignored() {
        let answer = with(&[
            ("connection", "close"),
            ("content-length", "5"),
            ("date", "today"),
            ("server", "mine"),
            ("x-fc-request-id", "forged"),
            ("x-own", "stays"),
        ]);
        assert_eq!(answer.checked().unwrap(), with(&[("x-own", "stays")]));
        let large = "x".repeat(MAX_HEADERS);
        let mut answer = with(&[]);
        answer
            .headers
            .insert("a", HeaderValue::from_str(&large).unwrap());
        assert!(answer.checked().is_err());
    }

    #[test]
    fn what_is_answered_is_saved() {
        for (own, expected) in [
            ("inline", "attachment"),
            (
                "attachment; filename=\"a.csv\"",
                "attachment; filename=\"a.csv\"",
            ),
        ] {
            let mut answer = with(&[("content-disposition", own)]);
            answer.attached();
            assert_eq!(answer.headers[CONTENT_DISPOSITION], expected);
        }
    }

    proptest! {
        #[test]
        fn any_result_is_read_or_refused(result in proptest::collection::vec(any::<u8>(), 0..128)) {
            let result = Bytes::from(result);
            if let Ok((answer, body)) = of_event(result.clone()) {
                prop_assert!(!answer.status.is_informational());
                prop_assert!(answer.headers.contains_key(CONTENT_TYPE));
                prop_assert!(body.len() <= result.len());
            }
        }

        #[test]
        fn any_description_is_read_or_refused(
            status in "[1-9][0-9]{0,3}|null|\"x\"", name in "[ -~]{0,8}", value in "[ -~]{0,8}", body in "[ -~]{0,16}",
        ) {
            let described = format!(
                r#"{{"statusCode": {status}, "headers": {{{}: {}}}, "body": {}}}"#,
                Value::from(name), Value::from(value), Value::from(body.clone()),
            );
            if let Ok((_, read)) = of_event(described.into()) {
                prop_assert_eq!(&read[..], body.as_bytes());
            }
        }
    }
}

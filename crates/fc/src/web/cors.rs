//! Requests of pages of other origins, where an HTTP trigger says which may come
//! (<https://api.aliyun.com/document/FC/2023-03-30/struct/CORSConfig>). Without a word about them the function is asked.

use gateway::Fault;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::settings::bad;
use crate::fault;
use crate::settings::Fields;

/// Which pages may read what the function answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cors {
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    exposed: Vec<String>,
    credentials: bool,
    max_age: Option<u64>,
}

impl Cors {
    /// Reads a `corsConfig`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(super) fn read(config: &Fields) -> Result<Self, Fault> {
        let mut cors = Self::default();
        for (name, value) in config {
            match (name.as_str(), value) {
                ("allowOrigins", value) => cors.origins = texts(name, value)?,
                ("allowMethods", value) => cors.methods = texts(name, value)?,
                ("allowHeaders", value) => cors.headers = texts(name, value)?,
                ("exposeHeaders", value) => cors.exposed = texts(name, value)?,
                ("allowCredentials", Value::Bool(yes)) => cors.credentials = *yes,
                ("maxAge", Value::Number(seconds)) if seconds.is_u64() => {
                    cors.max_age = seconds.as_u64();
                }
                ("allowCredentials" | "maxAge", _) => {
                    return Err(bad(&format!("has the corsConfig.{name} {value}")));
                }
                _ => {
                    let name = format!("triggerConfig.corsConfig.{name}");
                    return Err(fault::unknown_field(&name));
                }
            }
        }
        Ok(cors)
    }

    /// The headers of the answer to a request whether another one may come; `None` if it is no such request.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<HeaderMap> {
        let wanted = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        if *method != Method::OPTIONS || !headers.contains_key(ORIGIN) {
            return None;
        }
        let mut answer = HeaderMap::new();
        let method_fits = self
            .methods
            .iter()
            .any(|m| m == "*" || m.as_bytes() == wanted.as_bytes());
        if method_fits && self.admit(headers, &mut answer) {
            list(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, &self.methods);
            list(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, &self.headers);
            if let Some(seconds) = self.max_age {
                answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(seconds));
            }
        }
        Some(answer)
    }

    /// Adds to the answer to a request of a page what lets the page read it.
    pub(crate) fn share(&self, headers: &HeaderMap, answer: &mut HeaderMap) {
        if self.admit(headers, answer) {
            list(answer, ACCESS_CONTROL_EXPOSE_HEADERS, &self.exposed);
        }
    }

    fn admit(&self, headers: &HeaderMap, answer: &mut HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return false;
        };
        let any = self.origins.iter().any(|one| one == "*");
        if !any
            && !self
                .origins
                .iter()
                .any(|one| one.as_bytes() == origin.as_bytes())
        {
            return false;
        }
        // With credentials browsers do not take the star.
        let shown = match any && !self.credentials {
            true => HeaderValue::from_static("*"),
            false => origin.clone(),
        };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, shown);
        answer.append(VARY, HeaderValue::from_static("Origin"));
        if self.credentials {
            let yes = HeaderValue::from_static("true");
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        true
    }
}

fn list(answer: &mut HeaderMap, name: HeaderName, items: &[String]) {
    if let (false, Ok(value)) = (items.is_empty(), HeaderValue::from_str(&items.join(", "))) {
        answer.insert(name, value);
    }
}

fn texts(name: &str, value: &Value) -> Result<Vec<String>, Fault> {
    let wrong = || bad(&format!("has the corsConfig.{name} {value}"));
    let items = value.as_array().ok_or_else(wrong)?;
    let texts = items.iter().map(|item| {
        let text = item
            .as_str()
            .filter(|text| HeaderValue::from_str(text).is_ok());
        text.map(str::to_owned).ok_or_else(wrong)
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cors(config: &Value) -> Cors {
        Cors::read(config.as_object().unwrap()).unwrap()
    }

    fn from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([
            (ORIGIN, HeaderValue::from_static(origin)),
            (
                ACCESS_CONTROL_REQUEST_METHOD,
                HeaderValue::from_static("PUT"),
            ),
        ])
    }

    #[test]
    fn a_preflight_is_told_what_may_come() {
        let cors = cors(&json!({
            "allowOrigins": ["https://a.example"], "allowMethods": ["PUT"], "allowHeaders": ["x-a", "x-b"],
            "allowCredentials": true, "maxAge": 60,
        }));
        let answer = cors
            .preflight(&Method::OPTIONS, &from("https://a.example"))
            .unwrap();
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_HEADERS], "x-a, x-b");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(answer[ACCESS_CONTROL_MAX_AGE], "60");
        let stranger = cors
            .preflight(&Method::OPTIONS, &from("https://b.example"))
            .unwrap();
        assert!(stranger.is_empty());
        assert!(
            cors.preflight(&Method::PUT, &from("https://a.example"))
                .is_none()
        );
    }

    #[test]
    fn a_star_is_for_all_and_not_for_their_cookies() {
        let mut answer = HeaderMap::new();
        let config = json!({"allowOrigins": ["*"], "exposeHeaders": ["x-c"]});
        cors(&config).share(&from("https://a.example"), &mut answer);
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(answer[ACCESS_CONTROL_EXPOSE_HEADERS], "x-c");
        let with_cookies = json!({"allowOrigins": ["*"], "allowCredentials": true});
        cors(&with_cookies).share(&from("https://a.example"), &mut answer);
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example");
    }

    #[test]
    fn configurations_that_cannot_be() {
        for config in [
            json!({"allowOrigins": "*"}),
            json!({"allowOrigins": [1]}),
            json!({"allowHeaders": ["a\nb"]}),
            json!({"maxAge": -1}),
            json!({"colour": "red"}),
        ] {
            assert!(Cors::read(config.as_object().unwrap()).is_err(), "{config}");
        }
    }
}

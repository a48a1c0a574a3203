//! A request over HTTP that is answered later, as it is kept until then.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use serde::{Deserialize, Serialize};

use super::HttpRequest;

/// A request, but for its body. The values of headers are Latin-1, so that no byte is lost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptRequest {
    method: String,
    /// Whether it came by HTTP/1.0, and not by HTTP/1.1.
    is_old: bool,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    source: IpAddr,
    uri: String,
}

impl From<&HttpRequest> for KeptRequest {
    fn from(request: &HttpRequest) -> Self {
        Self {
            method: request.method.to_string(),
            is_old: request.version == Version::HTTP_10,
            path: request.path.clone(),
            query: request.query.clone(),
            headers: pairs(&request.headers),
            source: request.source,
            uri: request.uri.clone(),
        }
    }
}

impl KeptRequest {
    /// The request again. `None` if the row was damaged.
    pub(crate) fn revive(&self) -> Option<HttpRequest> {
        Some(HttpRequest {
            method: Method::from_bytes(self.method.as_bytes()).ok()?,
            version: match self.is_old {
                true => Version::HTTP_10,
                false => Version::HTTP_11,
            },
            path: self.path.clone(),
            query: self.query.clone(),
            headers: headers(&self.headers)?,
            source: self.source,
            uri: self.uri.clone(),
        })
    }
}

/// Headers as text: their values as Latin-1.
pub(crate) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let latin = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
    let pair =
        |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), latin(value.as_bytes()));
    headers.iter().map(pair).collect()
}

/// Headers of such text. `None` if there is one that cannot be.
pub(crate) fn headers(pairs: &[(String, String)]) -> Option<HeaderMap> {
    let mut all = HeaderMap::new();
    for (name, value) in pairs {
        let latin: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        all.append(name, HeaderValue::from_bytes(&latin?).ok()?);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_comes_back(
            method in "GET|POST|PATCH", path in "/[!-~]{0,20}", query in "[!-~]{0,20}", old in any::<bool>(),
            names in proptest::collection::vec(("[a-z][a-z0-9-]{0,8}", proptest::collection::vec(0x20_u8..=0xff, 0..12)), 0..6),
        ) {
            let mut all = HeaderMap::new();
            for (name, value) in names {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    all.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
                }
            }
            let request = HttpRequest {
                method: Method::from_bytes(method.as_bytes()).unwrap(),
                version: if old { Version::HTTP_10 } else { Version::HTTP_11 },
                path, query, headers: all, source: [127, 0, 0, 1].into(), uri: "/".to_owned(),
            };
            let text = serde_json::to_string(&KeptRequest::from(&request)).unwrap();
            let kept: KeptRequest = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(format!("{:?}", kept.revive().unwrap()), format!("{request:?}"));
        }

        #[test]
        fn strangers_headers_are_read_or_refused(name in "\\PC{0,8}", value in "\\PC{0,8}") {
            if let Some(headers) = headers(&[(name, value)]) {
                prop_assert_eq!(headers.len(), 1);
            }
        }
    }
}

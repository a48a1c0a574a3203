//! CORS headers on answers (§9): a preflight is told what it may do, every other request with an `Origin` gets what
//! the page's browser needs to show it the answer, errors included.

use gateway::{Fault, Head, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN,
    VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::settings::{Cors, CorsQuestion};
use crate::{Name, Oss};

/// The headers that allow what is asked; none where no rule does.
pub(crate) fn headers(cors: &Cors, question: CorsQuestion<'_>) -> Option<HeaderMap> {
    let rule = cors.allows(question)?;
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    let origin = rule.origin(question.origin).unwrap_or_default();
    add(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    add(ACCESS_CONTROL_ALLOW_METHODS, &rule.methods.join(", "));
    add(ACCESS_CONTROL_ALLOW_HEADERS, question.headers);
    add(ACCESS_CONTROL_EXPOSE_HEADERS, &rule.exposed.join(", "));
    if let Some(age) = rule.max_age {
        headers.insert(ACCESS_CONTROL_MAX_AGE, age.into());
    }
    Some(headers)
}

impl Oss {
    /// Adds them to the answer to a request that is no preflight. A request without `Origin` costs one look for it.
    pub(crate) async fn add_cors(&self, head: &Head, response: &mut Response) -> Result<(), Fault> {
        if !head.rare.origin {
            return Ok(());
        }
        let Some(origin) = head.header(ORIGIN) else {
            return Ok(());
        };
        if head.method == Method::OPTIONS {
            return Ok(());
        }
        let Some(cors) = self.cors_of(head).await? else {
            return Ok(());
        };
        let question = CorsQuestion {
            origin,
            method: head.method.as_str(),
            headers: head
                .header(ACCESS_CONTROL_REQUEST_HEADERS.as_str())
                .unwrap_or_default(),
        };
        if let Some(mut headers) = headers(&cors, question) {
            headers.remove(ACCESS_CONTROL_MAX_AGE);
            response.headers_mut().extend(headers);
        }
        if cors.vary {
            response
                .headers_mut()
                .append(VARY, HeaderValue::from_static("Origin"));
        }
        Ok(())
    }

    /// The rules of the bucket that a request names.
    async fn cors_of(&self, head: &Head) -> Result<Option<std::sync::Arc<Cors>>, Fault> {
        let Ok(Name {
            bucket: Some(name), ..
        }) = Name::read(head)
        else {
            return Ok(None);
        };
        match self.bucket(&name).await? {
            Some(bucket) => self.setting::<Cors>(&bucket).await,
            None => Ok(None),
        }
    }
}

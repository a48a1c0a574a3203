//! What a program is told with each request (`spec/fc.md` §2).

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{Credentials, Function, Invocation, Launch};

/// The headers that are the same for every request.
#[derive(Debug)]
pub(crate) struct Facts {
    common: HeaderMap,
    /// Images of Debian 11 and later have the token in the environment only.
    with_token: bool,
    with_keys: bool,
}

impl Facts {
    pub(crate) fn new(function: &Function, launch: &Launch) -> Self {
        let mut common = HeaderMap::new();
        let mut add = |name: &'static str, value: &str| set(&mut common, name, value);
        add("x-fc-function-name", &function.name);
        add("x-fc-function-handler", &function.handler);
        add("x-fc-function-memory", &function.memory_mb.to_string());
        add(
            "x-fc-function-timeout",
            &function.timeout.as_secs().to_string(),
        );
        add("x-fc-region", &launch.region);
        add("x-fc-account-id", &launch.account_id);
        add("x-fc-qualifier", &function.qualifier);
        add("x-fc-version-id", &function.version_id);
        add("x-fc-service-logproject", &function.log_project);
        add("x-fc-service-logstore", &function.log_store);
        if !function.service.is_empty() {
            add("x-fc-service-name", &function.service);
        }
        for (name, value) in &function.custom.hook_headers {
            add(name, value);
        }
        Self {
            common,
            with_token: function.runtime.has_token_header(),
            with_keys: !function.withheld.requests,
        }
    }

    /// The headers of one request. `path` says which kind it is.
    pub(crate) fn of(&self, invocation: &Invocation, path: &str) -> HeaderMap {
        let mut headers = self.common.clone();
        let mut add = |name: &'static str, value: &str| set(&mut headers, name, value);
        add("x-fc-request-id", &invocation.request_id);
        add("x-fc-control-path", path);
        add("x-fc-retry-count", &invocation.retry_count.to_string());
        if let Some(Credentials {
            access_key_id,
            access_key_secret,
            security_token,
        }) = invocation.credentials.as_ref().filter(|_| self.with_keys)
        {
            add("x-fc-access-key-id", access_key_id);
            add("x-fc-access-key-secret", access_key_secret);
            if self.with_token {
                add("x-fc-security-token", security_token);
            }
        }
        let tracing = &invocation.tracing;
        for (name, value) in [
            (
                "x-fc-tracing-opentracing-span-context",
                &tracing.span_context,
            ),
            (
                "x-fc-tracing-opentracing-span-baggages",
                &tracing.span_baggages,
            ),
            ("x-fc-tracing-jaeger-endpoint", &tracing.jaeger_endpoint),
        ] {
            if !value.is_empty() {
                add(name, value);
            }
        }
        headers
    }
}

/// Adds a header; a value that cannot be one is left out.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

//! One request to a function.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use gateway::Client;
use serde::Serialize;

use crate::HttpRequest;

/// One request to a function.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// Names the request in the context, the log and the answer: `1-<8 hex>-<8 hex>-<12 hex>` in FC 3.0.
    pub request_id: String,
    /// The event, untouched; the body of a request over HTTP. At most 32 MiB; the door that takes requests refuses more.
    pub event: Bytes,
    /// Set when the function is to answer a request over HTTP itself, as custom runtimes and the handlers of FC 2.0 do.
    /// Python functions of FC 3.0 get an event that describes it instead.
    pub http: Option<Arc<HttpRequest>>,
    /// The keys of the function's role in `context.credentials`; empty strings there without a role.
    pub credentials: Option<Credentials>,
    /// How many times this request was tried before: `x-fc-retry-count`.
    pub retry_count: u32,
    /// What the caller sent about tracing.
    pub tracing: Tracing,
    /// Who waits for the answer. Once it has gone, the invocation is canceled.
    pub client: Client,
}

/// The tracing headers of a request, which become `context.tracing`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tracing {
    /// `x-fc-tracing-opentracing-span-context`
    pub span_context: String,
    /// Base64 of a JSON object. The handler sees the object, and an empty one when it cannot be decoded.
    pub span_baggages: String,
    /// `x-fc-tracing-jaeger-endpoint`
    pub jaeger_endpoint: String,
}

/// Temporary keys. `Debug` shows the key id only.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// Begins with `STS.` for the keys of a role.
    pub access_key_id: String,
    /// The secret that requests are signed with.
    pub access_key_secret: String,
    /// The token that has to travel with every request.
    pub security_token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        let credentials = Credentials {
            access_key_id: "STS.id".into(),
            access_key_secret: "hidden-secret".into(),
            security_token: "hidden-token".into(),
        };
        assert_eq!(
            format!("{credentials:?}"),
            "Credentials { access_key_id: \"STS.id\", .. }"
        );
    }
}

//! What reads bytes of strangers deep inside, for the targets of `fuzz/`. Nothing else uses it.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use gateway::Fault;
use http::HeaderValue;
use signature::{Plus, Query};

use crate::settings::Fields;
use crate::web::jwt::Admission;
use crate::web::settings::{Auth, Settings};
use crate::web::{answer, event, visit};
use crate::{HttpAnswer, HttpRequest};

/// What the name server of instances' own networks answers to a message.
pub fn name_server(message: &[u8]) -> Option<Vec<u8>> {
    crate::inner_network::answer(message)
}

/// The version, service, function and rest of the path of a request to a trigger of FC 2.0.
pub fn trigger_path(path: &str) -> Option<(&'static str, String, String, &str)> {
    let (generation, service, function, rest) = visit::split(path)?;
    Some((generation.version(), service, function, rest))
}

/// What a trigger of this configuration lets in of a request: the request as the function gets it, with its body.
///
/// # Errors
///
/// What the trigger refuses, a configuration that cannot be among it.
pub fn admitted(
    config: &Fields,
    mut request: HttpRequest,
    mut body: Bytes,
    now: DateTime<Utc>,
) -> Result<(HttpRequest, Bytes), Fault> {
    let settings = Settings::read(config)?;
    if let Some(cors) = &settings.cors {
        cors.preflight(&request.method, &request.headers);
        cors.share(&request.headers.clone(), &mut request.headers);
    }
    if let Auth::Jwt(jwt) = &settings.auth
        && let Admission::With(claims) = jwt.admit(&request, Some(&body), now)?
    {
        jwt.pass(&claims, &mut request, &mut body)?;
    }
    Ok((request, body))
}

/// The event that a request becomes.
pub fn event(request: &HttpRequest, body: &[u8], now: DateTime<Utc>) -> String {
    let about = event::About {
        account: "1234567890123456",
        prefix: "f-abcdefghij",
        domain: "f-abcdefghij.cn-hangzhou.fcapp.run",
        request_id: "1-64f6cd87-12345678-0123456789ab",
        at: now,
    };
    let query = Query::parse(&request.query, Plus::Space).unwrap_or_default();
    event::of(request, &query, body, &about).to_string()
}

/// The answer that the result of a handler describes, and its body.
pub fn described(result: Bytes) -> Option<(HttpAnswer, Bytes)> {
    let (answer, body) = answer::of_event(result).ok()?;
    Some((answer.checked().ok()?, body))
}

/// The answer that a program has posted, described by a header or within its body.
pub fn posted(header: Option<&HeaderValue>, body: &Bytes) -> Option<(HttpAnswer, Bytes)> {
    crate::runtime::custom::http_params::answer(header, body)
}

/// The header that describes a request to a program that asks for its requests.
pub fn params(request: &HttpRequest) -> HeaderValue {
    crate::runtime::custom::http_params::of(request)
}

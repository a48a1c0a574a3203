//! Putting an outcome on the wire (§4.1–4.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use gateway::fault::Detail;
use gateway::xml::Xml;
use gateway::{Fault, Head, RequestId, Response, ResponseBody};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, SERVER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::reply::Headers;
use crate::text::{Text, number};
use crate::{Reply, time};

/// The id of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-oss-request-id");
const SERVED_BY: HeaderValue = HeaderValue::from_static("AliyunOSS");
const KEEP_ALIVE: HeaderValue = HeaderValue::from_static("keep-alive");
/// Milliseconds that the request took.
const SERVER_TIME: HeaderName = HeaderName::from_static("x-oss-server-time");
/// The fine-grained error code.
const EC: HeaderName = HeaderName::from_static("x-oss-ec");
/// The whole error document in Base64, where there can be no body.
const ERR: HeaderName = HeaderName::from_static("x-oss-err");

/// The response to a request.
pub(crate) fn render(
    outcome: Result<Reply, Fault>,
    head: &Head,
    id: &RequestId,
    wall: DateTime<Utc>,
) -> Response {
    let reply = outcome.unwrap_or_else(|fault| failure(&fault, head, id));
    let mut headers = reply.headers;
    let length = reply.length.unwrap_or_else(|| reply.body.length());
    let complete = headers.complete();
    if complete != Some(length) && reply.status != StatusCode::NOT_MODIFIED {
        headers.write_number(CONTENT_LENGTH, length);
    }
    if complete.is_none() {
        headers.insert(SERVER, SERVED_BY);
        headers.insert(CONNECTION, KEEP_ALIVE);
    }
    headers.insert(DATE, time::date(wall));
    headers.write(REQUEST_ID, id.as_str());
    let body = match head.method {
        Method::HEAD => ResponseBody::Empty,
        _ => reply.body,
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = headers.into_map();
    response
}

/// The headers of an answer of this length, and with them those that every response has, so that what changes from one
/// to the next only takes the place of what is there. For answers that are given again and again.
pub(crate) fn complete(headers: &Headers, length: u64) -> HeaderMap {
    let changing = [DATE, REQUEST_ID, SERVER_TIME];
    let mut map = HeaderMap::with_capacity(headers.map().len() + 3 + changing.len());
    map.extend(
        headers
            .map()
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    map.insert(CONTENT_LENGTH, number(length));
    map.insert(SERVER, SERVED_BY);
    map.insert(CONNECTION, KEEP_ALIVE);
    for name in changing {
        map.insert(name, HeaderValue::from_static(""));
    }
    map
}

/// Adds how long the request took.
pub(crate) fn timed(headers: &mut HeaderMap, took: std::time::Duration) {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    headers.insert(SERVER_TIME, number(millis.max(1)));
}

fn failure(fault: &Fault, head: &Head, id: &RequestId) -> Reply {
    let mut reply = Reply::new(fault.status());
    for (name, value) in fault.headers() {
        reply.headers.insert(name.clone(), value.clone());
    }
    if let Some(ec) = fault.ec_code() {
        reply.headers.insert(EC, HeaderValue::from_static(ec));
    }
    let document = document(fault, &head.host, id);
    if head.method == Method::HEAD {
        reply.headers.write(ERR, STANDARD.encode(&document));
        return reply;
    }
    let kind = HeaderValue::from_static("application/xml");
    reply.headers.insert(CONTENT_TYPE, kind);
    reply.body = ResponseBody::full(document);
    reply
}

/// Code, Message, RequestId, HostId, what belongs to the code, EC, RecommendDoc.
fn document(fault: &Fault, host: &str, id: &RequestId) -> String {
    let mut xml = Xml::new();
    xml.group("Error", |error| {
        error
            .value("Code", fault.code())
            .value("Message", Text(fault.text()))
            .value("RequestId", id)
            .value("HostId", Text(host));
        for detail in fault.details() {
            write_detail(error, detail);
        }
        if let Some(ec) = fault.ec_code() {
            let page = format_args!("https://api.aliyun.com/troubleshoot?q={ec}");
            error.value("EC", ec).value("RecommendDoc", page);
        }
    });
    xml.finish()
}

fn write_detail(xml: &mut Xml, detail: &Detail) {
    match detail {
        Detail::Text(name, value) => {
            xml.value(name, Text(&printable(value)));
        }
        Detail::Group(name, parts) => {
            xml.group(name, |group| {
                for (name, value) in parts {
                    group.value(name, Text(&printable(value)));
                }
            });
        }
    }
}

/// XML 1.0 has no way to write most control characters, and a request may bring them.
fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    let bad = |c: char| {
        c.is_control() && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
    };
    match text.contains(bad) {
        true => text.replace(bad, "\u{FFFD}").into(),
        false => text.into(),
    }
}

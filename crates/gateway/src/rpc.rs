//! The RPC protocol that STS, RAM and IMS share (spec/identity.md §1): parameters in query, form or both, one
//! envelope for answers and errors, in JSON or XML.

mod envelope;

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde_json::{Map, Value};
use signature::{Plus, Query};

use crate::{Body, BodyError, Fault, Head};

pub use envelope::render;

/// The largest body of an RPC call, in bytes (spec/identity.md §1.1).
pub const MAX_BODY: usize = 10 << 20;
/// The most parameters of a form. A short one takes some fifty times its own size in memory, and calls have a few dozen.
const MAX_PARAMETERS: usize = 1024;

/// The result fields of a call, in the order in which they are sent: a JSON object, which is what nearly every client
/// asks for. `RequestId` is added when it is rendered.
#[derive(Debug)]
pub struct Reply(pub(crate) String);

/// The fields of a reply usually have no more bytes than this; those of AssumeRole have 700.
const USUAL: usize = 1024;

impl Reply {
    /// A reply with no field but the request id.
    pub fn empty() -> Self {
        Self("{}".to_owned())
    }

    /// The fields of a struct. Anything that is not a struct gives an empty reply.
    pub fn of(fields: &impl Serialize) -> Self {
        let mut json = Vec::with_capacity(USUAL);
        let written = serde_json::to_writer(&mut json, fields).is_ok();
        match String::from_utf8(json) {
            Ok(fields) if written && fields.starts_with('{') => Self(fields),
            _ => Self::empty(),
        }
    }
}

/// Whether a request on a bare host has the form of an RPC call.
pub fn is_call(head: &Head) -> bool {
    if head.path != "/" {
        return false;
    }
    let form = head.media_type().as_deref() == Some("application/x-www-form-urlencoded");
    let named = head.query.has("Action") || head.headers.contains_key("x-acs-action");
    let acs3 = head
        .header("authorization")
        .is_some_and(|a| a.starts_with("ACS3-"));
    named || acs3 || (head.method == Method::POST && form)
}

/// Reads the body of an RPC call and, if it is a form, adds its parameters to the head. A form that is not well
/// encoded is noted there as [`Head::bad_query`], like a query.
pub async fn fold(head: &mut Head, body: Body) -> Result<Bytes, BodyError> {
    let bytes = body.collect(MAX_BODY).await?;
    if head.media_type().as_deref() != Some("application/x-www-form-urlencoded") {
        return Ok(bytes);
    }
    let text = std::str::from_utf8(&bytes).map_err(|e| e.to_string());
    match text.and_then(read_form) {
        Ok(form) => head.form = Some(form),
        Err(reason) => head.bad_query = Some(reason),
    }
    Ok(bytes)
}

fn read_form(text: &str) -> Result<Query, String> {
    if text.split('&').count() > MAX_PARAMETERS {
        return Err(format!(
            "the form has more than {MAX_PARAMETERS} parameters"
        ));
    }
    Query::parse(text, Plus::Space).map_err(|e| e.to_string())
}

/// The API version that a call names, as a parameter or as a header.
pub fn version(head: &Head) -> Option<&str> {
    head.param("Version")
        .or_else(|| head.header("x-acs-version"))
}

/// The action that a call names, as a parameter or as a header.
pub fn action(head: &Head) -> Option<&str> {
    head.param("Action").or_else(|| head.header("x-acs-action"))
}

/// A list of rows under the singular name of its elements: `{"User": [..]}` (spec/identity.md §1.6).
pub fn list(element: &'static str, rows: &[impl Serialize]) -> Value {
    let rows = rows.iter().filter_map(|row| serde_json::to_value(row).ok());
    let rows = Value::Array(rows.collect());
    Value::Object(Map::from_iter([(element.to_owned(), rows)]))
}

/// The outcome of a call.
pub type Outcome = Result<Reply, Fault>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_a_bounded_number_of_parameters() {
        let most = vec!["a"; MAX_PARAMETERS].join("&");
        assert_eq!(read_form(&most).unwrap().len(), MAX_PARAMETERS);
        assert!(read_form(&format!("{most}&a")).is_err());
        assert!(read_form(&"&".repeat(MAX_BODY)).is_err());
    }
}

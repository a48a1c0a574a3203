//! Answers and errors on the wire.

use http::{HeaderValue, header};
use serde_json::{Map, Value, json};

use super::{Outcome, Reply};
use crate::body::{Response, ResponseBody};
use crate::fault::Detail;
use crate::xml::Xml;
use crate::{Fault, Head, RequestId};

/// Puts an outcome on the wire: JSON unless the call asks for XML. Calls signed with ACS3 carry no `Format`
/// and read JSON only (spec/identity.md §1.7).
pub fn render(outcome: Outcome, product: &str, head: &Head, id: &RequestId) -> Response {
    let xml = wants_xml(head);
    let kind = match xml {
        true => "text/xml;charset=utf-8",
        false => "application/json;charset=utf-8",
    };
    let (status, text, headers) = match outcome {
        Ok(reply) => {
            let text = match xml {
                true => succeeded_xml(&reply, super::action(head).unwrap_or_default(), id),
                false => succeeded(&reply, id),
            };
            (http::StatusCode::OK, text, Vec::new())
        }
        Err(fault) => {
            let fields = failed(&fault, product, head, id);
            let text = match xml {
                true => to_xml("Error", &fields),
                false => Value::Object(fields).to_string(),
            };
            (fault.status(), text, fault.headers().to_vec())
        }
    };
    let mut response = Response::new(ResponseBody::full(text));
    *response.status_mut() = status;
    let out = response.headers_mut();
    out.extend(headers);
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = HeaderValue::from_bytes(id.as_bytes()) {
        out.insert("x-acs-request-id", id);
    }
    response
}

fn wants_xml(head: &Head) -> bool {
    match head.param("Format") {
        Some(format) => format.eq_ignore_ascii_case("xml"),
        None => head.header("accept") == Some("application/xml"),
    }
}

/// The id has nothing that JSON escapes.
fn succeeded(Reply(fields): &Reply, id: &RequestId) -> String {
    let fields = fields.strip_prefix('{').unwrap_or("}");
    let comma = if fields == "}" { "" } else { "," };
    ["{\"RequestId\":\"", id.as_str(), "\"", comma, fields].concat()
}

fn succeeded_xml(Reply(fields): &Reply, action: &str, id: &RequestId) -> String {
    let fields: Map<String, Value> =
        serde_json::from_str(fields).expect("a reply is a JSON object");
    let mut xml = Xml::new();
    xml.group(&format!("{action}Response"), |xml| {
        xml.text("RequestId", id.as_str());
        members(xml, &fields);
    });
    xml.finish()
}

fn failed(fault: &Fault, product: &str, head: &Head, id: &RequestId) -> Map<String, Value> {
    let (code, id) = (fault.code(), id.as_str());
    let mut fields = Map::new();
    fields.insert("RequestId".to_owned(), json!(id));
    fields.insert("HostId".to_owned(), json!(head.host));
    fields.insert("Code".to_owned(), json!(code));
    fields.insert("Message".to_owned(), json!(fault.text()));
    let recommend =
        format!("https://api.aliyun.com/troubleshoot?q={code}&product={product}&requestId={id}");
    fields.insert("Recommend".to_owned(), json!(recommend));
    for detail in fault.details() {
        match detail {
            Detail::Text(name, text) => fields.insert((*name).to_owned(), json!(text)),
            Detail::Group(name, parts) => {
                let parts = parts.iter().map(|(k, v)| ((*k).to_owned(), json!(v)));
                fields.insert((*name).to_owned(), Value::Object(parts.collect()))
            }
        };
    }
    fields
}

fn to_xml(root: &str, fields: &Map<String, Value>) -> String {
    let mut xml = Xml::new();
    xml.group(root, |xml| members(xml, fields));
    xml.finish()
}

fn members(xml: &mut Xml, fields: &Map<String, Value>) {
    for (name, value) in fields {
        member(xml, name, value);
    }
}

fn member(xml: &mut Xml, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(text) => {
            xml.text(name, text);
        }
        Value::Bool(_) | Value::Number(_) => {
            xml.value(name, value);
        }
        Value::Array(items) => items.iter().for_each(|item| member(xml, name, item)),
        Value::Object(fields) => {
            xml.group(name, |xml| members(xml, fields));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_repeat_their_element_in_xml() {
        let fields = json!({"Users": {"User": [{"UserName": "a&b"}, {"UserName": "c"}]}, "IsTruncated": false});
        let Value::Object(fields) = fields else {
            unreachable!()
        };
        let xml = to_xml("ListUsersResponse", &fields);
        assert!(xml.ends_with(
            "<ListUsersResponse><Users><User><UserName>a&amp;b</UserName></User><User><UserName>c</UserName>\
             </User></Users><IsTruncated>false</IsTruncated></ListUsersResponse>"
        ));
    }
}

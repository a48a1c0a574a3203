//! Requests to Function Compute, made of the rows of its table: what is named does not exist, and whoever may ask is told.

use super::Example;
use crate::operations::FC;

/// What the bodies of all operations together have for a name.
const BODY: &str = r#"{"functionName":"matrix","aliasName":"matrix","triggerName":"matrix","ResourceType":"function",
    "ResourceId":["functions/matrix"],"Tag":[{"Key":"matrix"}]}"#;
/// What takes the place of a body where there is none, if something is named in it.
const QUERY: &str = "?ResourceType=function&ResourceId=%5B%22functions%2Fmatrix%22%5D&All=true";

/// The request of `<version>:<operation>`.
pub(super) fn example(op: &str) -> Option<Example> {
    let (version, name) = op.split_once(':')?;
    let (_, generation) = FC.into_iter().find(|(_, g)| g.version() == version)?;
    let row = fc::Fc::OPS
        .iter()
        .find(|row| row.name == name && row.route.doors.contains(&generation))?;
    let parts = row.route.path.split('/').map(|part| match part {
        named if named.starts_with('{') => "matrix",
        fixed => fixed,
    });
    let mut path = parts.collect::<Vec<_>>().join("/");
    if name == "UntagResources" {
        path += QUERY;
    }
    let body = match row.route.method.as_str() {
        "GET" | "DELETE" => "",
        _ => BODY,
    };
    let method = row.route.method.as_str();
    Some(Example::Fc(method, format!("/{version}/{path}"), body))
}

//! Requests that make objects in several steps.

use crate::requests::OssRequest;

/// The request that stands for an operation, on the fixture's bucket `matrix`.
pub(super) fn example(op: &str) -> Option<OssRequest> {
    let request = |method, key, query| OssRequest {
        method,
        bucket: "matrix",
        key,
        query,
        headers: &[],
        body: "x",
    };
    Some(match op {
        "AppendObject" => request("POST", "new", "append&position=0"),
        _ => return None,
    })
}

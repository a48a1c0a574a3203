//! Requests about what objects have besides their bytes, and about live channels.

use crate::requests::OssRequest;

/// The request that stands for an operation, on the fixture's bucket `matrix` with object `key`.
pub(super) fn example(op: &str) -> Option<OssRequest> {
    let with_body = |method, key, query, body| OssRequest {
        method,
        bucket: "matrix",
        key,
        query,
        headers: &[],
        body,
    };
    let request = |method, key, query| with_body(method, key, query, "");
    Some(match op {
        "PutObjectTagging" => with_body("PUT", "key", "tagging", "<Tagging><TagSet/></Tagging>"),
        "GetObjectTagging" => request("GET", "key", "tagging"),
        "DeleteObjectTagging" => request("DELETE", "key", "tagging"),
        _ => return None,
    })
}

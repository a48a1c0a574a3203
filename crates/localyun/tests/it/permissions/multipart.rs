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
        "InitiateMultipartUpload" => OssRequest {
            body: "",
            ..request("POST", "new", "uploads")
        },
        "UploadPart" => request("PUT", "new", "partNumber=1&uploadId=none"),
        "UploadPartCopy" => OssRequest {
            headers: &[("x-oss-copy-source", "/matrix/key")],
            body: "",
            ..request("PUT", "new", "partNumber=1&uploadId=none")
        },
        "CompleteMultipartUpload" => request("POST", "new", "uploadId=none"),
        "AbortMultipartUpload" => OssRequest {
            body: "",
            ..request("DELETE", "new", "uploadId=none")
        },
        "ListParts" => request("GET", "new", "uploadId=none"),
        "ListMultipartUploads" => request("GET", "", "uploads"),
        _ => return None,
    })
}

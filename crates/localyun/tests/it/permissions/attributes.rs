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
        "PutSymlink" => OssRequest {
            headers: &[("x-oss-symlink-target", "key")],
            ..request("PUT", "link", "symlink")
        },
        "RestoreObject" => request("POST", "key", "restore"),
        "CleanRestoredObject" => request("POST", "key", "cleanRestoredObject"),
        "GetSymlink" => request("GET", "key", "symlink"),
        _ => return live_channels(op),
    })
}

fn live_channels(op: &str) -> Option<OssRequest> {
    let request = |method, key, query| OssRequest {
        method,
        bucket: "matrix",
        key,
        query,
        headers: &[],
        body: "",
    };
    Some(match op {
        "PutLiveChannel" => OssRequest {
            body: CHANNEL,
            ..request("PUT", "channel", "live")
        },
        "PutLiveChannelStatus" => request("PUT", "channel", "live&status=disabled"),
        "GetLiveChannelInfo" => request("GET", "channel", "live"),
        "GetLiveChannelStat" => request("GET", "channel", "live&comp=stat"),
        "GetLiveChannelHistory" => request("GET", "channel", "live&comp=history"),
        "DeleteLiveChannel" => request("DELETE", "channel", "live"),
        "ListLiveChannel" => request("GET", "", "live"),
        _ => return None,
    })
}

const CHANNEL: &str =
    "<LiveChannelConfiguration><Target><Type>HLS</Type></Target></LiveChannelConfiguration>";

//! The requests that stand for the operations of OSS on buckets and whole objects.

use crate::requests::OssRequest;

pub(super) fn example(op: &str) -> Option<OssRequest> {
    let request = |method, key, query| OssRequest {
        method,
        bucket: "matrix",
        key,
        query,
        headers: &[],
        body: "",
    };
    let with = |request: OssRequest, headers| OssRequest { headers, ..request };
    Some(match op {
        "PutBucket" => OssRequest {
            bucket: "matrix-new",
            ..request("PUT", "", "")
        },
        "DeleteBucket" => OssRequest {
            bucket: "matrix-empty",
            ..request("DELETE", "", "")
        },
        "PutBucketAcl" => with(request("PUT", "", "acl"), &[("x-oss-acl", "private")]),
        "ListObjects" => request("GET", "", ""),
        "ListObjectsV2" => request("GET", "", "list-type=2"),
        "PutObject" => OssRequest {
            body: "x",
            ..request("PUT", "new", "")
        },
        "GetObject" => request("GET", "key", ""),
        "HeadObject" => request("HEAD", "key", ""),
        "GetObjectMeta" => request("HEAD", "key", "objectMeta"),
        "DeleteObject" => request("DELETE", "key", ""),
        "DeleteMultipleObjects" => OssRequest {
            body: "<Delete><Object><Key>key</Key></Object></Delete>",
            ..with(
                request("POST", "", "delete"),
                &[("content-md5", DELETE_MD5)],
            )
        },
        "CopyObject" => with(
            request("PUT", "copy", ""),
            &[("x-oss-copy-source", "/matrix/key")],
        ),
        "PutObjectAcl" => with(
            request("PUT", "key", "acl"),
            &[("x-oss-object-acl", "private")],
        ),
        "GetObjectAcl" => request("GET", "key", "acl"),
        "OptionObject" => with(
            request("OPTIONS", "key", ""),
            &[
                ("origin", "http://a.com"),
                ("access-control-request-method", "GET"),
            ],
        ),
        op => return setting_example(op),
    })
}

/// Requests to a bucket that need nothing but a sub-resource. Those that want a body come without one: what is not
/// allowed is refused before it is read.
const ON_BUCKET: &[(&str, &str, &str)] = &[
    ("GetBucketAccessMonitor", "GET", "accessmonitor"),
    ("PutBucketAccessMonitor", "PUT", "accessmonitor"),
    ("GetBucketAcl", "GET", "acl"),
    ("GetBucketInfo", "GET", "bucketInfo"),
    ("DeleteBucketCors", "DELETE", "cors"),
    ("GetBucketCors", "GET", "cors"),
    ("PutBucketCors", "PUT", "cors"),
    ("DeleteBucketEncryption", "DELETE", "encryption"),
    ("GetBucketEncryption", "GET", "encryption"),
    ("PutBucketEncryption", "PUT", "encryption"),
    ("GetBucketHttpsConfig", "GET", "httpsConfig"),
    ("PutBucketHttpsConfig", "PUT", "httpsConfig"),
    ("DeleteBucketLifecycle", "DELETE", "lifecycle"),
    ("GetBucketLifecycle", "GET", "lifecycle"),
    ("PutBucketLifecycle", "PUT", "lifecycle"),
    ("GetBucketLocation", "GET", "location"),
    ("DeleteBucketLogging", "DELETE", "logging"),
    ("GetBucketLogging", "GET", "logging"),
    ("PutBucketLogging", "PUT", "logging"),
    ("DeleteBucketPolicy", "DELETE", "policy"),
    ("GetBucketPolicy", "GET", "policy"),
    ("PutBucketPolicy", "PUT", "policy"),
    ("GetBucketPolicyStatus", "GET", "policyStatus"),
    ("GetBucketReferer", "GET", "referer"),
    ("PutBucketReferer", "PUT", "referer"),
    ("GetBucketRequestPayment", "GET", "requestPayment"),
    ("PutBucketRequestPayment", "PUT", "requestPayment"),
    ("GetBucketResourceGroup", "GET", "resourceGroup"),
    ("PutBucketResourceGroup", "PUT", "resourceGroup"),
    ("GetBucketStat", "GET", "stat"),
    ("DeleteBucketTags", "DELETE", "tagging"),
    ("GetBucketTags", "GET", "tagging"),
    ("PutBucketTags", "PUT", "tagging"),
    (
        "GetBucketTransferAcceleration",
        "GET",
        "transferAcceleration",
    ),
    (
        "PutBucketTransferAcceleration",
        "PUT",
        "transferAcceleration",
    ),
    ("DeleteBucketWebsite", "DELETE", "website"),
    ("GetBucketWebsite", "GET", "website"),
    ("PutBucketWebsite", "PUT", "website"),
];

/// The same to the service itself.
const ON_SERVICE: &[(&str, &str, &str)] = &[
    ("DescribeRegions", "GET", "regions"),
    ("ListBuckets", "GET", ""),
];

fn setting_example(op: &str) -> Option<OssRequest> {
    let row = |table: &[(&str, &'static str, &'static str)], bucket| {
        let row = table.iter().find(|(name, ..)| *name == op)?;
        Some(OssRequest {
            method: row.1,
            bucket,
            key: "",
            query: row.2,
            headers: &[],
            body: "",
        })
    };
    row(ON_BUCKET, "matrix").or_else(|| row(ON_SERVICE, ""))
}

/// Of the body that [`example`] sends.
const DELETE_MD5: &str = "VUxjCEXWiErKatrg6+J0xA==";

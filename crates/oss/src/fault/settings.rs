//! Errors of the settings of buckets (§9).

use gateway::Fault;

use super::{invalid_argument, malformed_xml};

/// What a bucket was never given. One code for each setting.
fn not_configured(code: &'static str, message: &'static str, bucket: &str) -> Fault {
    Fault::new(404, code, message).with("BucketName", bucket)
}

/// Nobody said whether the acceleration endpoints serve the bucket.
pub(crate) fn no_transfer_acceleration(bucket: &str) -> Fault {
    not_configured(
        "NoSuchTransferAccelerationConfiguration",
        "The specified bucket does not have transfer acceleration configuration.",
        bucket,
    )
}

/// The bucket has no policy.
pub(crate) fn no_bucket_policy(bucket: &str) -> Fault {
    not_configured(
        "NoSuchBucketPolicy",
        "The bucket policy does not exist.",
        bucket,
    )
    .ec("0030-00000006")
}

/// A bucket policy that is not taken. Each mistake has its own EC
/// (<https://help.aliyun.com/zh/oss/user-guide/30-policy/>).
pub(crate) fn invalid_policy(message: impl Into<String>, ec: &'static str) -> Fault {
    super::invalid_policy_document(message).ec(ec)
}

/// A bucket policy of 16 KiB or more.
pub(crate) fn policy_too_large() -> Fault {
    let message = "The body size is too large, policy length should be less than 16KB.";
    invalid_policy(message, "0030-00000001")
}

/// The bucket has no CORS rules.
pub(crate) fn no_cors(bucket: &str) -> Fault {
    let message = "The CORS Configuration does not exist.";
    not_configured("NoSuchCORSConfiguration", message, bucket).ec("0034-00000001")
}

/// A `CORSConfiguration` without rules.
pub(crate) fn no_cors_rules() -> Fault {
    malformed_xml("the node CORSRule is missing.").ec("0034-00000002")
}

/// More than 10 CORS rules.
pub(crate) fn too_many_cors_rules() -> Fault {
    let message = "The CORS Rules num is beyond limit.";
    Fault::new(400, "CORSRuleBeyondLimit", message)
}

/// A method that no CORS rule can name.
pub(crate) fn bad_cors_method(value: &str) -> Fault {
    let message = "The AllowedMethod must be GET, PUT, DELETE, POST or HEAD.";
    invalid_argument(message, "AllowedMethod", value).ec("0034-00000011")
}

/// Something in a CORS rule that is empty, has too many wildcards, or is no number in range.
pub(crate) fn bad_cors_value(name: &'static str, value: &str) -> Fault {
    invalid_argument(format!("The {name} is invalid."), name, value)
}

/// A preflight that lacks something (<https://help.aliyun.com/zh/oss/support/http-400-status-code>).
pub(crate) fn incomplete_preflight(message: &'static str) -> Fault {
    Fault::new(400, "BadRequest", message)
}

/// A preflight that no rule allows. The misspelt words are the service's.
pub(crate) fn cors_forbidden() -> Fault {
    Fault::new(
        403,
        "AccessForbidden",
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request \
         method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the \
         resource's CORS spec.",
    )
}

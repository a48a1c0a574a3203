//! Errors of the settings of buckets (§9).

use gateway::Fault;

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
    Fault::new(400, "InvalidPolicyDocument", message.into()).ec(ec)
}

/// A bucket policy of 16 KiB or more.
pub(crate) fn policy_too_large() -> Fault {
    let message = "The body size is too large, policy length should be less than 16KB.";
    invalid_policy(message, "0030-00000001")
}

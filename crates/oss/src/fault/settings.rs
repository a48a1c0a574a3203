//! Errors of the settings of buckets (§9).

use gateway::Fault;

use super::{access_denied, invalid_argument, invalid_argument_bare, malformed_xml};

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

/// DescribeRegions for a region that does not exist.
pub(crate) fn no_such_region(region: &str) -> Fault {
    let message = "The specified region does not exist.";
    Fault::new(404, "NoSuchRegion", message).with("Region", region)
}

/// A resource group that the account does not have.
pub(crate) fn unknown_resource_group() -> Fault {
    let message = "The resource group id precheck error";
    Fault::new(400, "ResourceGroupIdPreCheckError", message).ec("0039-00000003")
}

/// A bucket tag whose key or value is not allowed (<https://help.aliyun.com/zh/oss/support/0010-00000219>).
pub(crate) fn bad_bucket_tag(what: &str) -> Fault {
    let message = format!("The {what} you have provided is invalid.");
    Fault::new(400, "InvalidTag", message).ec("0010-00000219")
}

/// A bucket tag whose key is kept for the vendor (<https://help.aliyun.com/zh/oss/support/0010-00000002>).
pub(crate) fn reserved_bucket_tag() -> Fault {
    let message = "The TagKey you have provided is invalid.";
    Fault::new(400, "InvalidTag", message).ec("0010-00000002")
}

/// A bucket tag key twice.
pub(crate) fn repeated_bucket_tag() -> Fault {
    Fault::new(400, "RepeatedTags", "Tag keys must be unique.")
}

/// More than 20 bucket tags.
pub(crate) fn too_many_bucket_tags() -> Fault {
    let message = "Bucket tags cannot be greater than 20.";
    Fault::new(400, "TooManyTags", message)
}

/// A referer that the bucket does not serve.
pub(crate) fn denied_by_referer() -> Fault {
    access_denied("You are denied by bucket referer policy.")
}

/// Logs would go to a bucket that is not the caller's, does not exist or is elsewhere (§9).
pub(crate) fn bad_log_target() -> Fault {
    let message = "Put bucket log requester is not target bucket owner.";
    Fault::new(400, "InvalidTargetBucketForLogging", message)
}

/// The bucket has no lifecycle rules.
pub(crate) fn no_lifecycle(bucket: &str) -> Fault {
    let message = "No Row found in Lifecycle Table.";
    not_configured("NoSuchLifecycle", message, bucket)
}

/// Rules that count days together with rules that name a date.
pub(crate) fn mixed_lifecycle() -> Fault {
    let message = "Found mixed CreatedBeforeDate and Days based Expiration and Transition for StorageClass IA actions";
    Fault::new(400, "InvalidRequest", message).ec("0014-00000080")
}

/// Two rules that do the same to the same objects.
pub(crate) fn overlapping_lifecycle(action: &str) -> Fault {
    invalid_argument_bare(format!("Overlap for same action type {action}"))
}

/// Something in a lifecycle rule that cannot be.
pub(crate) fn bad_lifecycle(name: &'static str, value: &str) -> Fault {
    invalid_argument(
        format!("The {name} of the lifecycle rule is invalid."),
        name,
        value,
    )
}

/// The bucket is no static website.
pub(crate) fn no_website(bucket: &str) -> Fault {
    let message = "The specified bucket does not have a website configuration.";
    not_configured("NoSuchWebsiteConfiguration", message, bucket)
}

/// Something in a website configuration that cannot be.
pub(crate) fn bad_website(name: &'static str, value: &str) -> Fault {
    invalid_argument(
        format!("The {name} of the website is invalid."),
        name,
        value,
    )
}

/// An acceleration endpoint for a bucket that did not ask for it (§1.7).
pub(crate) fn acceleration_disabled() -> Fault {
    let message = "Transfer acceleration is disabled.";
    Fault::new(403, "TransferAccelerationDisabled", message)
}

/// A host of a region that does not exist (§1.6).
pub(crate) fn non_standard_host() -> Fault {
    let message = "Your host is invalid. Please use Open Storage Service standard host.";
    Fault::new(403, "NonStandardHostForbidden", message)
}

/// A bucket cannot be made through this host (§1.6).
pub(crate) fn invalid_host_for_bucket() -> Fault {
    let message = "The host is invalid for creating a bucket.";
    Fault::new(400, "InvalidHostPutBucket", message)
}

/// Somebody else's bucket for which the requester pays, and the request does not agree to that. The EC says what kind
/// of request it is: unsigned (`0003-00000701`), signed in its URL (`…702`) or in its header (`…703`).
pub(crate) fn requester_must_pay(ec: &'static str) -> Fault {
    access_denied("Access denied for requester pay bucket").ec(ec)
}

/// The bucket has no rule for encryption.
pub(crate) fn no_encryption_rule(bucket: &str) -> Fault {
    not_configured(
        "NoSuchServerSideEncryptionRule",
        "The server side encryption configuration is not found.",
        bucket,
    )
}

/// A key of the key management service in a rule for something else (§9).
pub(crate) fn key_without_kms(key: &str) -> Fault {
    let message = "KMSMasterKeyID is not applicable if the default sse algorithm is not KMS.";
    invalid_argument(message, "KMSMasterKeyID", key)
}

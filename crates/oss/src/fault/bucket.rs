//! Errors of operations on buckets and of listings.

use gateway::Fault;

use super::{invalid_acl, invalid_argument, invalid_storage_class, malformed_xml};
use crate::listing::MAX_KEYS;

/// `max-keys` is not a number from 1 to 1000. The EC differs between objects and buckets.
pub(crate) fn bad_max_keys(value: &str, ec: &'static str) -> Fault {
    let message = format!("Argument max-keys must be an integer between 1 and {MAX_KEYS}.");
    invalid_argument(message, "max-keys", value).ec(ec)
}

/// A text of a listing has 1024 bytes or more. Each parameter has its own EC.
pub(crate) fn too_long(name: &'static str, value: &str, ec: &'static str) -> Fault {
    let message = format!("The length of {name} must be less than 1024.");
    invalid_argument(message, name, value).ec(ec)
}

/// A continuation token that no listing gave.
pub(crate) fn bad_token(value: &str) -> Fault {
    let message = "The continuation token provided is incorrect.";
    invalid_argument(message, "continuation-token", value).ec("0015-00000404")
}

/// `list-type` is something else than 2.
pub(crate) fn bad_list_type(value: &str) -> Fault {
    invalid_argument("Invalid list-type specified in Request", "list-type", value)
        .ec("0015-00000401")
}

/// `encoding-type` is something else than `url`.
pub(crate) fn bad_encoding_type(value: &str) -> Fault {
    let message = "Invalid Encoding Method specified in Request";
    invalid_argument(message, "encoding-type", value).ec("0017-00000235")
}

/// `x-oss-acl` is not an ACL that a bucket can have.
pub(crate) fn bad_bucket_acl(value: &str) -> Fault {
    invalid_acl("x-oss-acl", value).ec("0015-00000204")
}

/// The storage class in a `CreateBucketConfiguration` does not exist.
pub(crate) fn bad_storage_class(value: &str) -> Fault {
    invalid_storage_class("StorageClass", value).ec("0013-00000101")
}

/// The redundancy type in a `CreateBucketConfiguration` is neither LRS nor ZRS.
pub(crate) fn bad_redundancy(value: &str) -> Fault {
    let message = "No such bucket data redundancy type exists.";
    invalid_argument(message, "DataRedundancyType", value).ec("0015-00000216")
}

/// The location in a `CreateBucketConfiguration` is not the endpoint's region.
pub(crate) fn bad_location(value: &str) -> Fault {
    let message = "The specified location-constraint is not valid.";
    Fault::new(400, "InvalidLocationConstraint", message).with("LocationConstraint", value)
}

/// The body of PutBucket is not a `CreateBucketConfiguration` (§9).
pub(crate) fn malformed_create(detail: &str) -> Fault {
    malformed_xml(detail).ec("0015-00000231")
}

/// The body of DeleteMultipleObjects is not what it should be. Each mistake has its own EC.
pub(crate) fn malformed_delete(detail: &str, ec: &'static str) -> Fault {
    malformed_xml(detail).ec(ec)
}

/// A key of DeleteMultipleObjects is empty.
pub(crate) fn key_must_be_specified() -> Fault {
    Fault::new(400, "UserKeyMustBeSpecified", "User key must be specified.").ec("0016-00000611")
}

/// DeleteMultipleObjects without `Content-MD5`.
pub(crate) fn missing_content_md5() -> Fault {
    Fault::new(400, "MissingArgument", "Missing Some Required Arguments.").ec("0016-00000606")
}

/// The name is that of somebody else's bucket.
pub(crate) fn bucket_already_exists(bucket: &str) -> Fault {
    exists(
        "The requested bucket name is not available. The bucket namespace is shared by all users of \
         the system. Please select a different name and try again.",
        bucket,
    )
}

/// A bucket stays where it is.
pub(crate) fn cannot_move(bucket: &str) -> Fault {
    exists("Bucket already exists can't modify location.", bucket)
}

/// A bucket keeps its storage class.
pub(crate) fn cannot_change_class(bucket: &str) -> Fault {
    exists("Cannot modify existing bucket's storage class.", bucket)
}

/// A bucket keeps its redundancy type.
pub(crate) fn cannot_change_redundancy(bucket: &str) -> Fault {
    exists(
        "Bucket already exists can't modify data redundancy type.",
        bucket,
    )
}

/// The wordings: <https://help.aliyun.com/en/oss/user-guide/http-status-code-409>.
fn exists(message: &'static str, bucket: &str) -> Fault {
    Fault::new(409, "BucketAlreadyExists", message)
        .ec("0015-00000104")
        .with("BucketName", bucket)
}

/// The account has 100 buckets in the region (§5).
pub(crate) fn too_many_buckets() -> Fault {
    let message = "You have attempted to create more buckets than allowed.";
    Fault::new(400, "TooManyBuckets", message)
}

/// The bucket has uploads that have not ended
/// (<https://help.aliyun.com/en/oss/user-guide/http-status-code-409>; the EC is not said).
pub(crate) fn bucket_has_uploads(bucket: &str) -> Fault {
    let message = "The bucket you tried to delete is not empty.";
    Fault::new(409, "BucketNotEmpty", message).with("BucketName", bucket)
}

/// The bucket holds something.
pub(crate) fn bucket_not_empty(bucket: &str) -> Fault {
    let message = "The bucket has objects. Please delete them first.";
    Fault::new(409, "BucketNotEmpty", message)
        .ec("0015-00000301")
        .with("BucketName", bucket)
}

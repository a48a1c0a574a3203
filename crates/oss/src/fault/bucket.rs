//! Faults of operations on buckets and listings. The page of an EC is
//! `https://help.aliyun.com/zh/oss/support/<EC>`.

use gateway::Fault;

use crate::listing::MAX_KEYS;

/// A parameter or header has a value that it cannot have.
fn invalid(
    message: impl Into<std::borrow::Cow<'static, str>>,
    name: &'static str,
    value: &str,
) -> Fault {
    Fault::new(400, "InvalidArgument", message)
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

/// `max-keys` is not a number from 1 to 1000 (EC 0015-00000402 for objects, 0017-00000289 for buckets).
pub fn bad_max_keys(value: &str, ec: &'static str) -> Fault {
    let message = format!("Argument max-keys must be an integer between 1 and {MAX_KEYS}.");
    invalid(message, "max-keys", value).ec(ec)
}

/// A text of a listing has 1024 bytes or more (EC 0015-00000403, -405, -406).
pub fn too_long(name: &'static str, value: &str, ec: &'static str) -> Fault {
    invalid(
        format!("The length of {name} must be less than 1024."),
        name,
        value,
    )
    .ec(ec)
}

/// A continuation token is not one of ours.
pub fn bad_token(value: &str) -> Fault {
    invalid(
        "The continuation token provided is incorrect.",
        "continuation-token",
        value,
    )
    .ec("0015-00000404")
}

/// `list-type` is something else than 2.
pub fn bad_list_type(value: &str) -> Fault {
    invalid("Invalid list-type specified in Request", "list-type", value).ec("0015-00000401")
}

/// `encoding-type` is something else than `url`.
pub fn bad_encoding_type(value: &str) -> Fault {
    invalid(
        "Invalid Encoding Method specified in Request",
        "encoding-type",
        value,
    )
    .ec("0017-00000235")
}

/// `x-oss-acl` is not a bucket's ACL.
pub fn bad_bucket_acl(value: &str) -> Fault {
    invalid("no such bucket access control exists", "x-oss-acl", value).ec("0015-00000204")
}

/// The storage class in a `CreateBucketConfiguration` does not exist.
pub fn bad_storage_class(value: &str) -> Fault {
    invalid(
        "No such bucket storage class exists.",
        "StorageClass",
        value,
    )
}

/// The redundancy type in a `CreateBucketConfiguration` is neither LRS nor ZRS.
pub fn bad_redundancy(value: &str) -> Fault {
    invalid(
        "No such bucket data redundancy type exists.",
        "DataRedundancyType",
        value,
    )
    .ec("0015-00000216")
}

/// The region in a `CreateBucketConfiguration` is none.
pub fn bad_location(value: &str) -> Fault {
    Fault::new(
        400,
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid.",
    )
    .with("LocationConstraint", value)
}

/// The body of PutBucket is not a `CreateBucketConfiguration`.
pub fn malformed_create(detail: impl Into<String>) -> Fault {
    malformed(detail).ec("0015-00000231")
}

/// The body of DeleteMultipleObjects is not what it should be (EC 0016-00000607 to -615).
pub fn malformed_delete(detail: impl Into<String>, ec: &'static str) -> Fault {
    malformed(detail).ec(ec)
}

fn malformed(detail: impl Into<String>) -> Fault {
    let message = "The XML you provided was not well-formed or did not validate against our published schema.";
    Fault::new(400, "MalformedXML", message).with("ErrorDetail", detail)
}

/// A key of DeleteMultipleObjects is empty.
pub fn key_must_be_specified() -> Fault {
    Fault::new(400, "UserKeyMustBeSpecified", "User key must be specified.").ec("0016-00000611")
}

/// DeleteMultipleObjects without Content-MD5.
pub fn missing_content_md5() -> Fault {
    Fault::new(400, "MissingArgument", "Missing Some Required Arguments.")
        .ec("0016-00000606")
        .with("ArgumentName", "Content-MD5")
}

/// The name is somebody else's bucket's.
pub fn bucket_already_exists(bucket: &str) -> Fault {
    let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                   system. Please select a different name and try again.";
    exists(message, bucket)
}

/// A bucket stays where it is.
pub fn cannot_move(bucket: &str) -> Fault {
    exists("Bucket already exists can't modify location.", bucket)
}

/// A bucket keeps its storage class.
pub fn cannot_change_class(bucket: &str) -> Fault {
    exists("Cannot modify existing bucket's storage class.", bucket)
}

/// A bucket keeps its redundancy type.
pub fn cannot_change_redundancy(bucket: &str) -> Fault {
    exists(
        "Bucket already exists can't modify data redundancy type.",
        bucket,
    )
}

/// <https://help.aliyun.com/en/oss/user-guide/http-status-code-409>
fn exists(message: &'static str, bucket: &str) -> Fault {
    Fault::new(409, "BucketAlreadyExists", message)
        .ec("0015-00000104")
        .with("BucketName", bucket)
}

/// The account has 100 buckets in the region.
pub fn too_many_buckets() -> Fault {
    Fault::new(
        400,
        "TooManyBuckets",
        "You have attempted to create more buckets than allowed.",
    )
}

/// The bucket holds something.
pub fn bucket_not_empty(bucket: &str) -> Fault {
    Fault::new(
        409,
        "BucketNotEmpty",
        "The bucket has objects. Please delete them first.",
    )
    .ec("0015-00000301")
    .with("BucketName", bucket)
}

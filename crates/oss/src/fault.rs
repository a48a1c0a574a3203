//! Every error of the service: one constructor function per wire code, the only place where the code stands.
//!
//! Statuses, messages and elements follow §3, §4.2 and §5 of the digest; EC values the vendor's error pages
//! (`https://help.aliyun.com/zh/oss/user-guide/<EC>`). Where no page is known there is no EC.

mod auth;
pub(crate) mod bucket;
mod denial;
pub(crate) mod encryption;
pub(crate) mod form;
pub(crate) mod live;
pub(crate) mod multipart;
pub(crate) mod restore;
pub(crate) mod settings;
pub(crate) mod tags;

use std::borrow::Cow;

use gateway::{BodyError, Fault};
use http::header::ALLOW;
use http::{HeaderValue, Method};

use crate::route::Scope;

pub(crate) use auth::{unauthenticated, wrong_scope};
pub(crate) use denial::denied;

// Names.

/// The bucket does not exist.
pub(crate) fn no_such_bucket(bucket: &str) -> Fault {
    Fault::new(404, "NoSuchBucket", "The specified bucket does not exist.")
        .ec("0015-00000101")
        .with("BucketName", bucket)
}

/// The object does not exist.
pub(crate) fn no_such_key(key: &str) -> Fault {
    Fault::new(404, "NoSuchKey", "The specified key does not exist.")
        .ec("0026-00000001")
        .with("Key", key)
}

/// Not a name that a bucket can have.
pub(crate) fn invalid_bucket_name(bucket: &str) -> Fault {
    Fault::new(
        400,
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )
    .ec("0015-00000001")
    .with("BucketName", bucket)
}

fn invalid_object_name(message: &'static str, ec: &'static str) -> Fault {
    Fault::new(400, "InvalidObjectName", message).ec(ec)
}

/// No key where there must be one.
pub(crate) fn object_name_empty() -> Fault {
    invalid_object_name("The Object name can not be empty.", "0016-00000001")
}

/// More than 1023 bytes.
pub(crate) fn object_name_too_long() -> Fault {
    invalid_object_name(
        "The Length of Object name must be less than 1024.",
        "0016-00000002",
    )
}

/// Not UTF-8, or with a NUL.
pub(crate) fn object_name_encoding() -> Fault {
    invalid_object_name("The specified object is not valid.", "0016-00000002")
}

/// `/` or `\` at the beginning.
pub(crate) fn object_name_begins_with_slash() -> Fault {
    invalid_object_name("The specified object is not valid.", "0016-00000005")
}

/// A bucket in the path of a host that wants it in the host name (§1.1).
pub(crate) fn second_level_domain_forbidden() -> Fault {
    Fault::new(
        403,
        "SecondLevelDomainForbidden",
        "The bucket you are attempting to access must be addressed using OSS third level domain.",
    )
}

// Methods and what is not here.

/// A method that the resource does not have.
pub(crate) fn method_not_allowed(method: &Method, scope: Scope) -> Fault {
    let resource = match scope {
        Scope::Service => "Service",
        Scope::Bucket | Scope::Form => "Bucket",
        Scope::Object => "Object",
    };
    Fault::new(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
    )
    .ec("0017-00000001")
    .with("Method", method.as_str())
    .with("ResourceType", resource)
}

/// A method that OSS does not have at all (§4.5).
pub(crate) fn unknown_method(method: &Method, scope: Scope) -> Fault {
    let allowed = HeaderValue::from_static("GET DELETE HEAD PUT POST OPTIONS");
    method_not_allowed(method, scope).header(ALLOW, allowed)
}

/// Something that OSS does, or a header that asks for it, and that is not here.
pub(crate) fn not_implemented(what: &str) -> Fault {
    Fault::new(
        400,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
    )
    .with("Header", what)
}

// Arguments.

/// A header or parameter with a value that is not accepted.
pub(crate) fn invalid_argument(
    message: impl Into<Cow<'static, str>>,
    name: &'static str,
    value: &str,
) -> Fault {
    invalid_argument_bare(message)
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

/// The same where no single argument is to blame.
pub(crate) fn invalid_argument_bare(message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(400, "InvalidArgument", message)
}

/// A parameter that does not go with the rest of the query (§6.8).
pub(crate) fn unexpected_parameter(name: &str) -> Fault {
    invalid_argument("Unexpected query string parameter", "ResourceType", name)
}

/// A query that is not percent-encoded UTF-8.
pub(crate) fn query_encoding() -> Fault {
    invalid_argument_bare("The query string is not valid.")
}

/// A region that the cloud does not have.
pub(crate) fn no_such_region(region: &str) -> Fault {
    invalid_argument("The region does not exist.", "Region", region)
}

/// A bandwidth limit out of range.
pub(crate) fn traffic_limit(value: &str) -> Fault {
    let message = "The x-oss-traffic-limit is invalid, it must be between 819200 and 838860800.";
    invalid_argument(message, "x-oss-traffic-limit", value)
}

/// A mask with other than 0 to 32 ones (EC page 0002-00000601).
pub(crate) fn subnet_mask(value: &str) -> Fault {
    let message = "The x-oss-ac-subnet-mask is invalid.";
    invalid_argument(message, "x-oss-ac-subnet-mask", value).ec("0002-00000601")
}

/// A bandwidth limit in two places.
pub(crate) fn traffic_limit_twice(value: &str) -> Fault {
    let message =
        "x-oss-traffic-limit should be specified either in query string or header, not both.";
    invalid_argument(message, "x-oss-traffic-limit", value)
}

/// An ACL that does not exist.
pub(crate) fn invalid_acl(header: &'static str, value: &str) -> Fault {
    let message = match header {
        "x-oss-acl" => "no such bucket access control exists",
        _ => "no such object access control exists",
    };
    invalid_argument(message, header, value)
}

/// `PutObjectAcl` without its header (EC page 0017-00000105).
pub(crate) fn missing_object_acl() -> Fault {
    invalid_acl("x-oss-object-acl", "").ec("0017-00000105")
}

/// A storage class that does not exist.
pub(crate) fn invalid_storage_class(name: &'static str, value: &str) -> Fault {
    invalid_argument("No such bucket storage class exists.", name, value)
}

/// A copy source without bucket or key (§6.6).
pub(crate) fn invalid_copy_source(value: &str) -> Fault {
    let message = "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.";
    invalid_argument(message, "x-oss-copy-source", value)
}

/// A metadata directive other than `COPY` and `REPLACE`.
pub(crate) fn invalid_directive(value: &str) -> Fault {
    invalid_argument(
        "Unknown metadata directive.",
        "x-oss-metadata-directive",
        value,
    )
}

/// More than 8 KB of user metadata.
pub(crate) fn metadata_too_large() -> Fault {
    invalid_argument_bare("The total size of the user metadata exceeds 8 KB.").ec("0011-00000002")
}

/// A user metadata name with other characters than letters, digits and `-`.
pub(crate) fn metadata_name(name: &str) -> Fault {
    invalid_argument_bare("The user metadata key contains invalid characters.")
        .ec("0011-00000004")
        .with("ArgumentName", name)
}

/// `response-*` parameters on an unsigned request (§7.3).
pub(crate) fn anonymous_overrides() -> Fault {
    let message = "Request specific response headers cannot be used for anonymous GET requests.";
    invalid_request(message)
}

/// XML that is not what the operation takes. `detail` says why.
pub(crate) fn malformed_xml(detail: &str) -> Fault {
    Fault::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema.",
    )
    .with("ErrorDetail", detail)
}

// Bodies.

/// A `Content-MD5` that is no MD5, or is the MD5 of something else.
pub(crate) fn invalid_digest(value: &str) -> Fault {
    Fault::new(
        400,
        "InvalidDigest",
        "The Content-MD5 you specified was invalid.",
    )
    .ec("0017-00000503")
    .with("Content-MD5", value)
}

/// A CRC-64 in the request that is not the body's.
pub(crate) fn invalid_crc64(value: &str) -> Fault {
    let message = "The x-oss-hash-crc64ecma you specified does not match what we calculated.";
    Fault::new(400, "InvalidCRC64", message).with("x-oss-hash-crc64ecma", value)
}

/// An upload without a length (§4.6).
pub(crate) fn missing_content_length() -> Fault {
    let message = "You must provide the Content-Length HTTP header.";
    Fault::new(411, "MissingContentLength", message)
}

/// More bytes than one upload may have.
pub(crate) fn entity_too_large() -> Fault {
    let message = "Your proposed upload exceeds the maximum allowed size.";
    Fault::new(400, "EntityTooLarge", message)
}

/// Fewer bytes than there must be (§2.7, §6.8).
pub(crate) fn entity_too_small() -> Fault {
    let message = "Your proposed upload smaller than the minimum allowed size.";
    Fault::new(400, "EntityTooSmall", message)
}

/// A copy of more than one upload may have (§5).
pub(crate) fn copy_source_too_large() -> Fault {
    entity_too_large().message("Source object Length exceeds the maximum allowed size.")
}

/// A body that could not be read (§4.6).
pub(crate) fn body(error: &BodyError) -> Fault {
    match error {
        BodyError::Incomplete(source) => form::inside(source).unwrap_or_else(|| {
            let message =
                "You did not provide the number of bytes specified by the Content-Length HTTP header.";
            Fault::new(400, "IncompleteBody", message)
        }),
        BodyError::Silent => Fault::new(
            400,
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the \
             timeout period. Idle connections will be closed.",
        ),
        BodyError::TooLarge { .. } => entity_too_large(),
    }
}

// Objects.

/// `x-oss-forbid-overwrite: true` on an object that exists.
pub(crate) fn file_already_exists() -> Fault {
    let message = "The object you specified already exists and can not be overwritten.";
    Fault::new(409, "FileAlreadyExists", message)
}

/// PutSymlink without the header that names the target.
pub(crate) fn missing_symlink_target() -> Fault {
    let message = "The x-oss-symlink-target header is missing.";
    invalid_argument(message, "x-oss-symlink-target", "").ec("0043-00000001")
}

/// A link whose target is not there.
pub(crate) fn symlink_target_not_exist() -> Fault {
    let message = "The symlink target object does not exist.";
    Fault::new(404, "SymlinkTargetNotExist", message).ec("0026-00000012")
}

/// A link whose target is a link.
pub(crate) fn invalid_target_type() -> Fault {
    let message = "The symbolic's target file type is invalid.";
    Fault::new(400, "InvalidTargetType", message).ec("0026-00000011")
}

/// GetSymlink of an object that is no link.
pub(crate) fn not_symlink() -> Fault {
    Fault::new(400, "NotSymlink", "The object is not symlink.").ec("0043-00000101")
}

/// `If-Match` or `If-Unmodified-Since` does not hold. `condition` is the header's name.
pub(crate) fn precondition_failed(condition: &'static str) -> Fault {
    let message = "At least one of the pre-conditions you specified did not hold.";
    Fault::new(412, "PreconditionFailed", message).with("Condition", condition)
}

/// A range that does not overlap the object, asked for with the standard behaviour.
pub(crate) fn invalid_range(range: &str, size: u64) -> Fault {
    Fault::new(
        416,
        "InvalidRange",
        "The requested range cannot be satisfied.",
    )
    .with("RangeRequested", range)
    .with("ActualObjectSize", size.to_string())
}

// Permissions.

/// A policy, of a bucket or of a form, that is not taken.
fn invalid_policy_document(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidPolicyDocument", message.into())
}

/// A refusal for a reason that is no policy.
pub(crate) fn access_denied(message: &'static str) -> Fault {
    Fault::new(403, "AccessDenied", message)
}

/// A bucket of another region than the host's (§1.5).
pub(crate) fn wrong_endpoint(bucket: &str, region: &str) -> Fault {
    access_denied(
        "The bucket you are attempting to access must be addressed using the specified endpoint. \
         Please send all future requests to this endpoint.",
    )
    .ec("0003-00001403")
    .with("Bucket", bucket)
    .with("Endpoint", format!("oss-{region}.aliyuncs.com"))
}

/// Copying from another region (§6.6).
pub(crate) fn other_data_center() -> Fault {
    access_denied("Target object does not reside in the same data center as source object.")
}

/// An unsigned request to what only signed ones may ask.
pub(crate) fn anonymous_forbidden() -> Fault {
    access_denied("Anonymous access is forbidden for this operation.").ec("0003-00001201")
}

/// A request that contradicts itself.
pub(crate) fn invalid_request(message: &'static str) -> Fault {
    Fault::new(400, "InvalidRequest", message)
}

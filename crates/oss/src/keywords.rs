//! Everything that a query or a header can ask of OSS, as far as it decides what a request means.
//!
//! The rule is that nothing is ignored which would change the answer. A sub-resource that OSS has and this emulator
//! does not is refused, never taken for the operation without it; so are the parameters and headers that ask for
//! something that is not here. All of that is `NotImplemented`; a sub-resource with a method that OSS itself
//! does not have is `MethodNotAllowed`; two sub-resources at once are `InvalidArgument`. Names that OSS does not
//! know are ignored by reads, as it does, and refused by everything else: a misspelt sub-resource (`?ACL`) must not
//! overwrite an object.

use gateway::{Fault, Head};
use http::HeaderName;

use crate::route::{Route, Scope, Verb};
use crate::{fault, restricted};

/// A sub-resource of the query, and where OSS has operations on it.
#[derive(Debug)]
pub(crate) struct Keyword {
    pub(crate) name: &'static str,
    pub(crate) uses: &'static [Use],
}

/// A method on a scope.
pub(crate) type Use = (Verb, Scope);

const DB: Use = (Verb::Delete, Scope::Bucket);
const DO: Use = (Verb::Delete, Scope::Object);
const DS: Use = (Verb::Delete, Scope::Service);
const GB: Use = (Verb::Get, Scope::Bucket);
const GO: Use = (Verb::Get, Scope::Object);
const GS: Use = (Verb::Get, Scope::Service);
const HO: Use = (Verb::Head, Scope::Object);
const PB: Use = (Verb::Put, Scope::Bucket);
const PO: Use = (Verb::Put, Scope::Object);
const PS: Use = (Verb::Put, Scope::Service);
const XB: Use = (Verb::Post, Scope::Bucket);
const XO: Use = (Verb::Post, Scope::Object);
const XS: Use = (Verb::Post, Scope::Service);

/// Where OSS has operations without a sub-resource.
pub(crate) const BARE: &[Use] = &[
    GS,
    GB,
    (Verb::Head, Scope::Bucket),
    PB,
    (Verb::Post, Scope::Form),
    DB,
    GO,
    HO,
    PO,
    DO,
    (Verb::Options, Scope::Object),
    (Verb::Options, Scope::Bucket),
];

const fn key(name: &'static str, uses: &'static [Use]) -> Keyword {
    Keyword { name, uses }
}

/// Every sub-resource, sorted by name.
#[rustfmt::skip]
const KEYWORDS: &[Keyword] = &[
    key("accessPoint", &[DB, GB, GS, PB]),
    key("accessPointConfigForObjectProcess", &[GB, PB]),
    key("accessPointForObjectProcess", &[DB, GB, GS, PB]),
    key("accessPointPolicy", &[DB, GB, PB]),
    key("accessPointPolicyForObjectProcess", &[DB, GB, PB]),
    key("accessmonitor", &[GB, PB]),
    key("acl", &[GB, GO, PB, PO]),
    key("antiDDos", &[GS, PB, PS, XB, XS]),
    key("append", &[XO]),
    key("asyncFetch", &[GB, XB]),
    key("bucketAntiDDos", &[GS]),
    key("bucketArchiveDirectRead", &[GB, PB]),
    key("bucketInfo", &[GB]),
    key("cleanRestoredObject", &[XO]),
    key("cloudboxes", &[GS]),
    key("cname", &[GB, XB]),
    key("cors", &[DB, GB, PB]),
    key("dataPipeline", &[XS]),
    key("delete", &[XB]),
    key("encryption", &[DB, GB, PB]),
    key("eventNotification", &[GB]),
    key("group", &[GO]),
    key("httpsConfig", &[GB, PB]),
    key("img", &[DB, GB, PB]),
    key("inventory", &[DB, GB, PB]),
    key("legalHold", &[GO, PO]),
    key("lifecycle", &[DB, GB, PB]),
    key("link", &[GO]),
    key("list-type", &[GB]),
    key("live", &[DO, GB, GO, PO]),
    key("location", &[GB]),
    key("logging", &[DB, GB, PB]),
    key("metaQuery", &[GB, XB]),
    key("objectHash", &[PB]),
    key("objectInfo", &[GO]),
    key("objectMeta", &[GO, HO]),
    key("objectWorm", &[GB, PB]),
    key("overwriteConfig", &[DB, GB, PB]),
    key("policy", &[DB, GB, PB]),
    key("policyStatus", &[GB]),
    key("processConfiguration", &[GB, PB]),
    key("publicAccessBlock", &[DB, DS, GB, GS, PB, PS]),
    key("qos", &[GB, PB]),
    key("qosInfo", &[DB, GB, GS, PB]),
    key("redundancyTransition", &[DB, GB, GS, XB]),
    key("referer", &[GB, PB]),
    key("regions", &[GS]),
    key("replication", &[GB, XB]),
    key("replicationLocation", &[GB]),
    key("replicationProgress", &[GB]),
    key("requestPayment", &[GB, PB]),
    key("requesterQosInfo", &[DB, DS, GB, GS, PB, PS]),
    key("resourceGroup", &[GB, PB]),
    key("resourcePool", &[GS]),
    key("resourcePoolBuckets", &[GS]),
    key("resourcePoolInfo", &[GS]),
    key("restore", &[XO]),
    key("retention", &[GO, PO]),
    key("rtc", &[PB]),
    key("seal", &[XO]),
    key("stat", &[GB]),
    key("style", &[DB, GB, PB]),
    key("symlink", &[GO, PO]),
    key("tagging", &[DB, DO, GB, GO, GS, PB, PO]),
    key("transferAcceleration", &[GB, PB]),
    key("udf", &[DS, GS, PS, XS]),
    key("udfApplication", &[DS, GS, PS, XS]),
    key("udfApplicationLog", &[DS, GS, PS, XS]),
    key("udfImage", &[DS, GS, PS, XS]),
    key("udfImageDesc", &[DS, GS, PS, XS]),
    key("udfName", &[DS, GS, PS, XS]),
    key("uploadId", &[DO, GO, PO, XO]),
    key("uploads", &[GB, XO]),
    key("userDefinedLogFieldsConfig", &[DB, GB, PB]),
    key("versioning", &[GB, PB]),
    key("versions", &[GB]),
    key("vip", &[GB, XB]),
    key("vod", &[GO, XO]),
    key("vpcip", &[DS, GS, PS]),
    key("website", &[DB, GB, PB]),
    key("worm", &[DB, GB, XB]),
    key("wormExtend", &[XB]),
    key("wormId", &[XB]),
    key("x-oss-async-process", &[XO]),
    key("x-oss-common-header", &[DB, PB]),
    key("x-oss-datalake-cache-prefetch-job", &[PB]),
    key("x-oss-datalake-storage-transfer-job", &[GB]),
    key("x-oss-delete", &[XO]),
    key("x-oss-dir", &[XO]),
    key("x-oss-process", &[GO, XO]),
    key("x-oss-rename", &[XO]),
    key("x-oss-write-get-object-response", &[XS]),
];

/// Sub-resources that are the parameter of another one when they come with it.
const SUBORDINATE: &[&str] = &["resourcePool", "wormId"];

/// Parameters that change what an operation does, in ways that no operation here implements.
const PARAMETERS: &[&str] = &[
    "callback",
    "callback-var",
    "comp",
    "partNumber",
    "position",
    "sequential",
    "tag-key",
    "tag-value",
    "versionId",
    "withHashContext",
    "x-oss-ac-vpc-id",
    "x-oss-access-point-name",
    "x-oss-enable-md5",
    "x-oss-enable-sha1",
    "x-oss-enable-sha256",
    "x-oss-hash-ctx",
    "x-oss-md5-ctx",
];

/// Parameters that say nothing about the operation, sorted: signatures, and what may come with any request.
const ACCOMPANYING: &[&str] = &[
    "Expires",
    "OSSAccessKeyId",
    "Signature",
    "encoding-type",
    "security-token",
    "x-oss-ac-forward-allow",
    "x-oss-ac-source-ip",
    "x-oss-ac-subnet-mask",
    "x-oss-access-key-id",
    "x-oss-additional-headers",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-request-payer",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
    "x-oss-traffic-limit",
];

/// Headers that change what an operation does, sorted. An operation that implements one takes it (`Route::takes`).
const HEADERS: &[&str] = &[
    "x-oss-access-point-name",
    "x-oss-bucket-tagging",
    "x-oss-callback",
    "x-oss-callback-var",
    "x-oss-copy-source-range",
    "x-oss-hns-status",
    "x-oss-resource-group-id",
    "x-oss-server-side-data-encryption",
    "x-oss-server-side-encryption",
    "x-oss-server-side-encryption-key-id",
    "x-oss-symlink-target",
    "x-oss-tagging",
];

/// Those of [`HEADERS`] that say what a new object is to have. They mean nothing for a read, and oss2's resumable upload
/// sends them when it lists the parts that it has.
const WRITE_HEADERS: &[&str] = &[
    "x-oss-server-side-data-encryption",
    "x-oss-server-side-encryption",
    "x-oss-server-side-encryption-key-id",
    "x-oss-tagging",
];

/// Headers that mean something for reads only; a write that carries one is refused (§4.5).
const READ_HEADERS: &[&str] = &[
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
];

/// The bandwidths that `x-oss-traffic-limit` may ask for, in bit/s (§4.10).
const TRAFFIC: std::ops::RangeInclusive<u64> = 819_200..=838_860_800;

/// What is known of a sub-resource.
pub(crate) fn find(name: &str) -> Option<&'static Keyword> {
    let at = KEYWORDS.binary_search_by(|k| k.name.cmp(name)).ok()?;
    KEYWORDS.get(at)
}

/// The one sub-resource of a query.
pub(crate) fn only(head: &Head) -> Result<Option<&'static Keyword>, Fault> {
    let mut found: Option<&'static Keyword> = None;
    for keyword in head.query.iter().filter_map(|pair| find(pair.name)) {
        let subordinate = |k: &Keyword| SUBORDINATE.contains(&k.name);
        found = match found {
            None => Some(keyword),
            Some(first) if first.name == keyword.name || subordinate(keyword) => Some(first),
            Some(first) if subordinate(first) => Some(keyword),
            Some(_) => return Err(fault::unexpected_parameter(keyword.name)),
        };
    }
    Ok(found)
}

/// Sub-resources without which a request is the same operation under the same permission.
const HARMLESS: &[&str] = &["list-type"];

/// Whether a V1 signature covers this sub-resource or may do without.
pub(crate) fn may_be_in_signed_url(keyword: &str) -> bool {
    signature::oss_v1::is_always_signed(keyword) || HARMLESS.contains(&keyword)
}

/// Whoever holds a V1-signed URL could add a sub-resource that such a signature may leave out, and turn it into
/// another operation. Operations on those are for other signatures.
fn refuse_in_signed_url(head: &Head, keyword: &'static str) -> Result<(), Fault> {
    match head.query.has("Signature") && !may_be_in_signed_url(keyword) {
        true => Err(fault::unexpected_parameter(keyword)),
        false => Ok(()),
    }
}

/// Refuses a request that asks for more than its row of the table does.
pub(crate) fn refuse_unsupported(head: &Head, route: &Route) -> Result<(), Fault> {
    if let Some(keyword) = route.keyword {
        refuse_in_signed_url(head, keyword)?;
    }
    refuse_parameters(head, route)?;
    refuse_headers(head, route)?;
    restricted::check(head)?;
    check_traffic_limit(head)
}

fn refuse_parameters(head: &Head, route: &Route) -> Result<(), Fault> {
    let reads = matches!(route.verb, Verb::Get | Verb::Head | Verb::Options);
    for name in head.query.iter().map(|pair| pair.name) {
        if PARAMETERS.contains(&name) && !route.names(name) {
            return Err(fault::not_implemented(name));
        }
        if !reads && !route.names(name) && ACCOMPANYING.binary_search(&name).is_err() {
            return Err(fault::unexpected_parameter(name));
        }
    }
    Ok(())
}

fn refuse_headers(head: &Head, route: &Route) -> Result<(), Fault> {
    let reads_only: &[&str] = match route.verb {
        Verb::Put | Verb::Post => READ_HEADERS,
        Verb::Get | Verb::Head | Verb::Delete | Verb::Options => &[],
    };
    let idle = |name| match route.verb {
        Verb::Get | Verb::Head | Verb::Options => WRITE_HEADERS.contains(&name),
        Verb::Put | Verb::Post | Verb::Delete => false,
    };
    let taken = |name| route.takes.contains(&name) || idle(name);
    for name in head.headers.keys().map(HeaderName::as_str) {
        let refused = match name.as_bytes() {
            [b'x', ..] => HEADERS.binary_search(&name).is_ok() && !taken(name),
            [b'i', ..] => reads_only.contains(&name),
            _ => false,
        };
        if refused {
            return Err(fault::not_implemented(name));
        }
    }
    Ok(())
}

/// A limit in range is accepted: the emulator is no slower for it.
fn check_traffic_limit(head: &Head) -> Result<(), Fault> {
    const NAME: HeaderName = HeaderName::from_static("x-oss-traffic-limit");
    let header = || Some(head.headers.get(NAME)?.to_str().unwrap_or_default());
    let header = head.rare.oss.then(header).flatten();
    let limit = match (header, head.query.first(NAME.as_str())) {
        (None, None) => return Ok(()),
        (Some(_), Some(value)) => return Err(fault::traffic_limit_twice(value)),
        (Some(value), None) | (None, Some(value)) => value,
    };
    match limit.parse::<u64>() {
        Ok(bits) if TRAFFIC.contains(&bits) => Ok(()),
        _ => Err(fault::traffic_limit(limit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_name_twice() {
        assert!(KEYWORDS.is_sorted_by(|a, b| a.name < b.name));
        assert!(HEADERS.is_sorted() && ACCOMPANYING.is_sorted());
        assert!(find("acl").is_some() && find("ACL").is_none());
    }
}

//! Which query parameters OSS V1 signs.

use crate::Query;

/// How sure it is that clients sign a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// The classic clients (oss2 2.19, Java 3.x) sign it and work, so the service does, too.
    Firm,
    /// Some client signs it and another one sends it unsigned, or only a few clients know it.
    Ambiguous,
}

/// One query parameter that is part of the resource line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Whether the wire had a literal `=` with nothing behind it.
    pub(super) empty: bool,
    pub(super) habit: Habit,
}

/// The signed parameters of a query, sorted by name. Of a repeated one, the first counts.
pub(super) fn signed(query: &Query) -> Vec<Signed<'_>> {
    let mut found: Vec<Signed<'_>> = Vec::new();
    for pair in query.iter() {
        let (name, value) = (pair.name, pair.value);
        if let Some(habit) = habit(name) {
            found.push(Signed {
                name,
                value,
                empty: value.is_empty() && !pair.bare,
                habit,
            });
        }
    }
    found.sort_by_key(|signed| signed.name);
    found.dedup_by_key(|signed| signed.name);
    found
}

/// Whether V1 may sign a parameter.
pub(crate) fn is_known(name: &str) -> bool {
    habit(name).is_some()
}

/// Whether V1 always signs a parameter. One that it may leave out must not choose an operation: whoever holds a signed
/// URL could add it.
pub fn is_always_signed(name: &str) -> bool {
    habit(name) == Some(Habit::Firm)
}

/// Whether a parameter is signed, and how sure that is. Go v2 signs whatever starts with `x-oss-`.
fn habit(name: &str) -> Option<Habit> {
    if FIRM.binary_search(&name).is_ok() {
        Some(Habit::Firm)
    } else if AMBIGUOUS.binary_search(&name).is_ok() || name.starts_with("x-oss-") {
        Some(Habit::Ambiguous)
    } else {
        None
    }
}

/// Signed by oss2 2.19.1 or by the Java SDK (`SignParameters`), minus what [`AMBIGUOUS`] says of a few;
/// and `cleanRestoredObject`, which chooses an operation and which those who send it (Go v2, Python v2) sign. Sorted.
const FIRM: &[&str] = &[
    "accessPoint",
    "accessPointPolicy",
    "acl",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cleanRestoredObject",
    "cname",
    "comp",
    "cors",
    "delete",
    "encryption",
    "group",
    "httpsConfig",
    "img",
    "inventory",
    "inventoryId",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectMeta",
    "partNumber",
    "policy",
    "position",
    "processConfiguration",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "security-token",
    "sequential",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "udf",
    "udfApplication",
    "udfApplicationLog",
    "udfImage",
    "udfImageDesc",
    "udfName",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "vip",
    "vod",
    "vpcip",
    "website",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-ac-forward-allow",
    "x-oss-ac-source-ip",
    "x-oss-ac-subnet-mask",
    "x-oss-ac-vpc-id",
    "x-oss-access-point-name",
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-redundancy-transition-taskid",
    "x-oss-request-payer",
    "x-oss-target-redundancy-type",
    "x-oss-traffic-limit",
    "x-oss-write-get-object-response",
];

/// `continuation-token`, `startTime` and `endTime`, on which the clients are at odds; what only Go v1, the C SDK or the
/// documents list; and what Go v2 and Python v2 declare as a sub-resource of one operation. Sorted.
const AMBIGUOUS: &[&str] = &[
    "MetaQuery",
    "accessmonitor",
    "action",
    "cloudboxes",
    "continuation-token",
    "dataPipeline",
    "endTime",
    "legalHold",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "objectWorm",
    "overwriteConfig",
    "policyStatus",
    "quota",
    "responseHeader",
    "retention",
    "rtc",
    "seal",
    "startTime",
    "udfId",
    "userDefinedLogFieldsConfig",
    "withHashContext",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plus;

    #[test]
    fn the_tables_are_sorted_and_disjoint() {
        assert!(FIRM.is_sorted() && AMBIGUOUS.is_sorted());
        assert!(
            FIRM.iter()
                .all(|name| AMBIGUOUS.binary_search(name).is_err())
        );
    }

    #[test]
    fn the_first_of_a_repeated_parameter_is_signed() {
        let query =
            Query::parse("uploadId=2&acl=&uploadId=1&prefix=p&x-oss-new", Plus::Space).unwrap();
        let signed: Vec<_> = signed(&query)
            .iter()
            .map(|one| (one.name, one.value, one.empty))
            .collect();
        assert_eq!(
            signed,
            [
                ("acl", "", true),
                ("uploadId", "2", false),
                ("x-oss-new", "", false)
            ]
        );
    }

    #[test]
    fn paging_and_filtering_are_never_signed() {
        for name in [
            "prefix",
            "marker",
            "max-keys",
            "delimiter",
            "encoding-type",
            "list-type",
            "start-after",
            "fetch-owner",
            "key-marker",
            "version-id-marker",
            "upload-id-marker",
            "max-uploads",
            "max-parts",
            "part-number-marker",
            "tag-key",
            "tag-value",
            "regions",
            "OSSAccessKeyId",
            "Expires",
            "Signature",
        ] {
            assert_eq!(habit(name), None, "{name}");
        }
    }
}

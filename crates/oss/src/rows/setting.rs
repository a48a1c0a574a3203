//! Rows of the settings of buckets: one row each, so that whoever needs one reads no other.

use serde::{Deserialize, Serialize};

use super::BucketId;

/// What can be set for a bucket and is not part of [`Bucket`](super::Bucket) itself.
///
/// The order is part of the format: a bucket's row says by number which settings it has. New ones go to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Policy,
    Cors,
    Tagging,
    RequestPayment,
    Referer,
    Logging,
    Website,
    Lifecycle,
    Encryption,
    AccessMonitor,
    TransferAcceleration,
    HttpsConfig,
    ResourceGroup,
    PublicAccessBlock,
    ArchiveDirectRead,
}

impl Kind {
    /// Every one, in the order of their numbers.
    pub(crate) const ALL: [Self; 15] = [
        Self::Policy,
        Self::Cors,
        Self::Tagging,
        Self::RequestPayment,
        Self::Referer,
        Self::Logging,
        Self::Website,
        Self::Lifecycle,
        Self::Encryption,
        Self::AccessMonitor,
        Self::TransferAcceleration,
        Self::HttpsConfig,
        Self::ResourceGroup,
        Self::PublicAccessBlock,
        Self::ArchiveDirectRead,
    ];

    /// The end of the row's key: the sub-resource that sets it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Cors => "cors",
            Self::Tagging => "tagging",
            Self::RequestPayment => "requestPayment",
            Self::Referer => "referer",
            Self::Logging => "logging",
            Self::Website => "website",
            Self::Lifecycle => "lifecycle",
            Self::Encryption => "encryption",
            Self::AccessMonitor => "accessmonitor",
            Self::TransferAcceleration => "transferAcceleration",
            Self::HttpsConfig => "httpsConfig",
            Self::ResourceGroup => "resourceGroup",
            Self::PublicAccessBlock => "publicAccessBlock",
            Self::ArchiveDirectRead => "bucketArchiveDirectRead",
        }
    }

    fn bit(self) -> u64 {
        1 << (self as u32)
    }
}

/// Which settings a bucket has: a bit for each `Kind`. A request looks here before it looks for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kinds(u64);

impl Kinds {
    pub(crate) fn has(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// With or without this one.
    pub(crate) fn set(&mut self, kind: Kind, there: bool) {
        match there {
            true => self.0 |= kind.bit(),
            false => self.0 &= !kind.bit(),
        }
    }
}

/// The row of a setting.
pub(crate) fn setting_key(bucket: BucketId, kind: Kind) -> Vec<u8> {
    let id = &bucket.to_be_bytes()[..];
    [b"oss/setting/", id, b"/", kind.name().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_bit_and_name() {
        let mut kinds = Kinds::default();
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.bit(), 1 << number);
            assert!(!kinds.has(kind));
            kinds.set(kind, true);
            assert!(kinds.has(kind));
        }
        kinds.set(Kind::Policy, false);
        assert!(!kinds.has(Kind::Policy) && kinds.has(Kind::Cors));
        let mut names = Kind::ALL.map(Kind::name);
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a < b));
    }
}

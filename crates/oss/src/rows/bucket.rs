//! Rows about buckets.

use std::sync::Arc;

use gateway::Fault;
use policy::Acl;
use serde::{Deserialize, Serialize};

use super::{BucketId, Kinds};
use crate::settings::BucketPolicy;

/// A bucket's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name; part of the row's key.
    #[serde(skip)]
    pub name: Arc<str>,
    /// Such as `cn-hangzhou`.
    pub region: Arc<str>,
    /// The uid of the account that owns it.
    pub owner: Arc<str>,
    /// Its access control list.
    #[serde(with = "acl")]
    pub acl: Acl,
    /// What objects get that ask for no class.
    pub storage_class: StorageClass,
    /// Where copies are kept.
    pub redundancy: Redundancy,
    /// When it was made: virtual time in milliseconds since 1970.
    pub created: i64,
    /// Tells it from every other bucket that has had the name.
    pub incarnation: BucketId,
    /// Which settings it has in rows of their own.
    pub settings: Kinds,
    /// Its policy, from that setting's row; filled in where a request looks the bucket up.
    #[serde(skip)]
    pub(crate) policy: Option<Arc<BucketPolicy>>,
}

impl Bucket {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Fault> {
        super::encode(self)
    }

    pub(crate) fn decode(name: &str, bytes: &[u8]) -> Result<Self, Fault> {
        let mut bucket: Self = super::decode(bytes)?;
        bucket.name = name.into();
        Ok(bucket)
    }
}

/// The row that every put expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Incarnation {
    /// The bucket's id.
    pub(crate) id: BucketId,
    /// Somebody is looking whether the bucket is empty, to delete it. A put that meets this clears it, which makes
    /// the deletion fail.
    pub(crate) closing: bool,
}

impl Incarnation {
    pub(crate) fn encode(self) -> Result<Vec<u8>, Fault> {
        super::encode(&self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        super::decode(bytes)
    }
}

/// A storage class (§6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the service's own names")]
pub enum StorageClass {
    #[default]
    Standard,
    InfrequentAccess,
    Archive,
    ColdArchive,
    DeepColdArchive,
}

impl StorageClass {
    /// Every one.
    pub(crate) const ALL: [Self; 5] = [
        Self::Standard,
        Self::InfrequentAccess,
        Self::Archive,
        Self::ColdArchive,
        Self::DeepColdArchive,
    ];

    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::InfrequentAccess => "IA",
            Self::Archive => "Archive",
            Self::ColdArchive => "ColdArchive",
            Self::DeepColdArchive => "DeepColdArchive",
        }
    }

    /// The class of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "Standard" => Self::Standard,
            "IA" => Self::InfrequentAccess,
            "Archive" => Self::Archive,
            "ColdArchive" => Self::ColdArchive,
            "DeepColdArchive" => Self::DeepColdArchive,
            _ => return None,
        })
    }
}

/// Where copies of a bucket's data are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Redundancy {
    /// In one zone: `LRS`.
    #[default]
    Local,
    /// In several zones: `ZRS`.
    Zones,
}

impl Redundancy {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "LRS",
            Self::Zones => "ZRS",
        }
    }

    /// The type of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "LRS" => Some(Self::Local),
            "ZRS" => Some(Self::Zones),
            _ => None,
        }
    }
}

/// A bucket's ACL as on the wire.
pub(crate) fn acl_name(acl: Acl) -> &'static str {
    match acl {
        Acl::Private => "private",
        Acl::PublicRead => "public-read",
        Acl::PublicReadWrite => "public-read-write",
    }
}

/// The bucket ACL of this name.
pub(crate) fn parse_acl(name: &str) -> Option<Acl> {
    Some(match name {
        "private" => Acl::Private,
        "public-read" => Acl::PublicRead,
        "public-read-write" => Acl::PublicReadWrite,
        _ => return None,
    })
}

/// An ACL is kept by its name.
pub(super) mod acl {
    use policy::Acl;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(acl: &Acl, to: S) -> Result<S::Ok, S::Error> {
        super::acl_name(*acl).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Acl, D::Error> {
        let name = String::deserialize(from)?;
        super::parse_acl(&name).ok_or_else(|| D::Error::custom("no such ACL"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_survives_its_row() {
        let bucket = Bucket {
            name: "b-1".into(),
            region: "cn-hangzhou".into(),
            owner: "1".into(),
            acl: Acl::PublicRead,
            storage_class: StorageClass::InfrequentAccess,
            redundancy: Redundancy::Zones,
            created: 1_700_000_000_123,
            incarnation: u64::MAX,
            settings: Kinds::default(),
            policy: None,
        };
        let row = bucket.encode().unwrap();
        assert_eq!(Bucket::decode("b-1", &row).unwrap(), bucket);
        assert!(Bucket::decode("b-1", &[9, 9]).is_err());
        assert!(Bucket::decode("b-1", &[]).is_err());
    }
}

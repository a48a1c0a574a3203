//! Uploads in parts.

use gateway::Fault;
use serde::{Deserialize, Serialize};

use super::{Extent, Extras, Metadata, ObjectAcl, StorageClass};

/// The name of an upload, on the wire 32 hexadecimal digits in upper case.
pub(crate) type UploadId = [u8; 16];

/// What an upload said about its object when it was begun. The key is part of the row's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// Virtual time in milliseconds since 1970.
    pub(crate) initiated: i64,
    pub(crate) storage_class: StorageClass,
    pub(crate) acl: ObjectAcl,
    pub(crate) metadata: Metadata,
    pub(crate) extras: Extras,
    pub(crate) forbid_overwrite: bool,
    /// Parts must come in order.
    pub(crate) sequential: bool,
}

impl Upload {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Fault> {
        super::encode(self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        super::decode(bytes)
    }
}

/// A part that was stored. Its number is part of the row's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Its bytes; none where it is empty.
    pub(crate) extent: Option<Extent>,
    pub(crate) md5: [u8; 16],
    pub(crate) crc64: u64,
    /// Virtual time in milliseconds since 1970.
    pub(crate) modified: i64,
}

impl Part {
    /// Bytes.
    pub(crate) fn size(&self) -> u64 {
        self.extent.map_or(0, |extent| extent.len)
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, Fault> {
        super::encode(self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        super::decode(bytes)
    }
}

//! What a client stores beside an object's bytes.

use std::ops::Deref;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pieces::{Reader, Writer};
use crate::headers::Stored;

/// What a client stored beside the bytes. Values are as on the wire, which need not be UTF-8.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    /// The headers that HTTP gives a meaning.
    pub(crate) system: Vec<(Stored, Value)>,
    /// `x-oss-meta-…`: whole names in lower case.
    pub(crate) user: Vec<UserMeta>,
}

impl Metadata {
    pub(super) fn write(&self, row: &mut Writer) {
        row.number(self.system.len() as u64);
        for (stored, value) in &self.system {
            row.number(*stored as u64);
            row.bytes(value);
        }
        row.number(self.user.len() as u64);
        for (name, value) in &self.user {
            row.bytes(name.as_bytes());
            row.bytes(value);
        }
    }

    pub(super) fn read(row: &mut Reader<'_>) -> Option<Self> {
        let mut metadata = Self::default();
        for _ in 0..row.length()? {
            let stored = row.one_of(&Stored::ALL)?;
            metadata.system.push((stored, Value(row.shared()?)));
        }
        for _ in 0..row.length()? {
            let name = row.text()?.into();
            metadata.user.push((name, Value(row.shared()?)));
        }
        Some(metadata)
    }
}

/// A header's name and value.
pub(crate) type UserMeta = (Box<str>, Value);

/// A header's value as on the wire. One that was read shares the memory of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value(pub(crate) Bytes);

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }
}

impl Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Self::from)
    }
}

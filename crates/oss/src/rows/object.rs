//! The row of an object: all that HEAD, LIST and a permission need.

use bytes::Bytes;
use gateway::Fault;
use policy::Acl;
use serde::{Deserialize, Serialize};
use store::BlobId;

use super::pieces::{Reader, Writer};
use super::{BodyId, Etag, Extent, Extras, LayoutId, Metadata, StorageClass};

/// All of an object but its bytes. The key is part of the row's key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Serialize, Deserialize))]
pub struct Object {
    /// Bytes.
    pub size: u64,
    pub(crate) etag: Etag,
    /// CRC-64/XZ of the bytes; none where the source of a copy had none.
    pub(crate) crc64: Option<u64>,
    /// Virtual time in milliseconds since 1970.
    pub modified: i64,
    pub(crate) kind: ObjectType,
    /// Where it is kept.
    pub storage_class: StorageClass,
    /// Its own access control list.
    pub acl: ObjectAcl,
    pub(crate) metadata: Metadata,
    pub(crate) extras: Extras,
    pub(crate) body: BodyAt,
}

impl Object {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Fault> {
        let mut row = Writer::new();
        row.number(self.size);
        self.etag.write(&mut row);
        row.optional(self.crc64, Writer::number);
        row.signed(self.modified);
        row.number(self.kind as u64);
        row.number(self.storage_class as u64);
        row.number(self.acl as u64);
        self.metadata.write(&mut row);
        self.extras.write(&mut row)?;
        self.body.write(&mut row);
        Ok(row.finish())
    }

    pub(crate) fn decode(row: &Bytes) -> Result<Self, Fault> {
        Reader::whole(row, Self::read)
    }

    fn read(row: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            size: row.number()?,
            etag: Etag::read(row)?,
            crc64: row.optional(Reader::number)?,
            modified: row.signed()?,
            kind: row.one_of(&ObjectType::ALL)?,
            storage_class: row.one_of(&StorageClass::ALL)?,
            acl: row.one_of(&ObjectAcl::ALL)?,
            metadata: Metadata::read(row)?,
            extras: Extras::read(row)?,
            body: BodyAt::read(row)?,
        })
    }

    /// The layout that has its bytes, if one does.
    pub(crate) fn layout(&self) -> Option<LayoutId> {
        match self.body {
            BodyAt::Layout(id) => Some(id),
            _ => None,
        }
    }

    /// The ETag in its quotes.
    pub fn etag(&self) -> String {
        self.etag.quoted()
    }

    /// `Normal` and so on, as on the wire.
    pub fn type_name(&self) -> &'static str {
        self.kind.name()
    }
}

/// The beginning of an [`Object`]'s row: what a listing shows, which reads a thousand of them at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Listed {
    pub(crate) size: u64,
    pub(crate) etag: Etag,
    crc64: Option<u64>,
    pub(crate) modified: i64,
    pub(crate) kind: ObjectType,
    pub(crate) storage_class: StorageClass,
    /// All of it, where the class makes that matter.
    #[serde(skip)]
    pub(crate) archived: Option<Box<Object>>,
}

impl Listed {
    pub(crate) fn decode(row: &Bytes) -> Result<Self, Fault> {
        let mut listed: Self = super::decode_beginning(row)?;
        if listed.storage_class.is_archive() {
            listed.archived = Some(Box::new(Object::decode(row)?));
        }
        Ok(listed)
    }
}

/// How an object was made (§6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ObjectType {
    Normal,
    Symlink,
    Multipart,
    Appendable,
}

impl ObjectType {
    const ALL: [Self; 4] = [
        Self::Normal,
        Self::Symlink,
        Self::Multipart,
        Self::Appendable,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Symlink => "Symlink",
            Self::Multipart => "Multipart",
            Self::Appendable => "Appendable",
        }
    }
}

/// An object's own ACL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ObjectAcl {
    /// That of its bucket.
    #[default]
    Default,
    /// Nobody but the owner.
    Private,
    /// Everybody may read.
    PublicRead,
    /// Everybody may read and write.
    PublicReadWrite,
}

impl ObjectAcl {
    const ALL: [Self; 4] = [
        Self::Default,
        Self::Private,
        Self::PublicRead,
        Self::PublicReadWrite,
    ];

    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }

    /// The ACL of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::Default,
            "private" => Self::Private,
            "public-read" => Self::PublicRead,
            "public-read-write" => Self::PublicReadWrite,
            _ => return None,
        })
    }

    /// The list, if it is not the bucket's.
    pub(crate) fn own(self) -> Option<Acl> {
        match self {
            Self::Default => None,
            Self::Private => Some(Acl::Private),
            Self::PublicRead => Some(Acl::PublicRead),
            Self::PublicReadWrite => Some(Acl::PublicReadWrite),
        }
    }
}

/// Where the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BodyAt {
    /// There are none.
    Empty,
    /// In a row of their own.
    Small(BodyId),
    /// In a blob, which this object owns under this name.
    Blob(BlobId, BodyId),
    /// In the extents of a layout, as far as the object's size goes.
    Layout(LayoutId),
}

impl BodyAt {
    fn write(&self, row: &mut Writer) {
        match self {
            Self::Empty => row.number(0),
            Self::Small(id) => {
                row.number(1);
                row.array(id);
            }
            Self::Blob(id, owner) => {
                row.number(2);
                row.array(id.as_bytes());
                row.array(owner);
            }
            Self::Layout(id) => {
                row.number(3);
                row.array(id);
            }
        }
    }

    fn read(row: &mut Reader<'_>) -> Option<Self> {
        Some(match row.number()? {
            0 => Self::Empty,
            1 => Self::Small(row.array()?),
            2 => Self::Blob(BlobId::from_bytes(row.array()?), row.array()?),
            3 => Self::Layout(row.array()?),
            _ => return None,
        })
    }
}

/// The bytes of a new object, and how they come to be its.
#[derive(Debug, Clone)]
pub(crate) enum NewBody {
    Empty,
    /// To be written beside the head.
    Small(Bytes),
    /// A blob that was just received.
    Received(BlobId),
    /// A blob that another object has too.
    Shared(BlobId),
    /// These extents, which own what they refer to already.
    Extents(Vec<Extent>),
    /// A layout that another object has too, or this one had.
    SharedLayout(LayoutId),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::headers::Stored;
    use crate::rows::{self, Encryption, Value};

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..40)
    }

    fn etags() -> impl Strategy<Value = Etag> {
        prop_oneof![
            any::<[u8; 16]>().prop_map(Etag::Md5),
            "[0-9A-F]{32}-[0-9]{1,4}".prop_map(|text| Etag::Text(text.into())),
            any::<[u8; 16]>().prop_map(|md5| Etag::Both("x-1".into(), md5)),
        ]
    }

    fn bodies() -> impl Strategy<Value = BodyAt> {
        prop_oneof![
            Just(BodyAt::Empty),
            any::<[u8; 16]>().prop_map(BodyAt::Small),
            any::<[[u8; 16]; 2]>().prop_map(|[a, b]| BodyAt::Blob(BlobId::from_bytes(a), b)),
            any::<[u8; 16]>().prop_map(BodyAt::Layout),
        ]
    }

    fn metadata() -> impl Strategy<Value = Metadata> {
        let value = || bytes().prop_map(|value| Value(value.into()));
        let system = (prop::sample::select(&Stored::ALL[..]), value());
        let name = "x-oss-meta-[a-z0-9-]{1,20}".prop_map(Box::from);
        let system = prop::collection::vec(system, 0..3);
        let user = prop::collection::vec((name, value()), 0..3);
        (system, user).prop_map(|(system, user)| Metadata { system, user })
    }

    fn extras() -> impl Strategy<Value = Extras> {
        let link = "[a-z]{1,9}".prop_map(Box::from);
        (any::<bool>(), prop::option::of(link)).prop_map(|(encrypted, link)| Extras {
            encryption: encrypted.then_some(Encryption::Sm4),
            link,
            ..Extras::default()
        })
    }

    prop_compose! {
        fn objects()(
            size in any::<u64>(), etag in etags(), crc64 in any::<Option<u64>>(),
            modified in any::<i64>(), metadata in metadata(), extras in extras(), body in bodies(),
            kind in prop::sample::select(&ObjectType::ALL[..]),
            storage_class in prop::sample::select(&StorageClass::ALL[..]),
            acl in prop::sample::select(&ObjectAcl::ALL[..]),
        ) -> Object {
            Object { size, etag, crc64, modified, kind, storage_class, acl, metadata, extras, body }
        }
    }

    proptest! {
        #[test]
        fn an_object_survives_its_row(object in objects()) {
            let row = Bytes::from(object.encode().unwrap());
            prop_assert_eq!(&Object::decode(&row).unwrap(), &object);
            // The format is what serde makes of the fields.
            prop_assert_eq!(&rows::encode(&object).unwrap(), &row);
            prop_assert_eq!(&rows::decode::<Object>(&row).unwrap(), &object);
            let archived = object.storage_class.is_archive().then(|| Box::new(object.clone()));
            let Object { size, etag, crc64, modified, kind, storage_class, .. } = object;
            let listed = Listed { size, etag, crc64, modified, kind, storage_class, archived };
            prop_assert_eq!(Listed::decode(&row).unwrap(), listed);
        }

        #[test]
        fn no_row_makes_the_decoder_panic(row in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Object::decode(&row.into());
        }

        #[test]
        fn nor_does_one_that_was_changed(object in objects(), at in 0_usize..64, byte in any::<u8>()) {
            let mut row = object.encode().unwrap();
            let at = at % row.len();
            row[at] = byte;
            let cut = Bytes::from(row[..at].to_vec());
            prop_assert!(Object::decode(&cut).is_err());
            let theirs = rows::decode::<Object>(&row).ok();
            prop_assert_eq!(Object::decode(&row.into()).ok(), theirs);
        }
    }

    #[test]
    fn a_head_without_user_metadata_is_small() {
        let object = Object {
            size: u64::MAX,
            etag: Etag::Md5([255; 16]),
            crc64: Some(u64::MAX),
            modified: i64::MAX,
            kind: ObjectType::Normal,
            storage_class: StorageClass::DeepColdArchive,
            acl: ObjectAcl::PublicReadWrite,
            metadata: Metadata::default(),
            extras: Extras::default(),
            body: BodyAt::Blob(BlobId::from_bytes([255; 16]), [255; 16]),
        };
        assert!(object.encode().unwrap().len() <= 128);
    }
}

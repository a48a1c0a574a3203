//! The row of an object: all that HEAD, LIST and a permission need.

use bytes::Bytes;
use gateway::Fault;
use policy::Acl;
use serde::{Deserialize, Serialize};
use store::BlobId;

use super::{BodyId, Extent, Extras, LayoutId, StorageClass};
use crate::headers::Stored;

/// All of an object but its bytes. The key is part of the row's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        super::encode(self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        super::decode(bytes)
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
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let mut listed: Self = super::decode_beginning(bytes)?;
        if listed.storage_class.is_archive() {
            listed.archived = Some(Box::new(Object::decode(bytes)?));
        }
        Ok(listed)
    }
}

/// What a client compares objects by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Etag {
    /// The MD5 of the bytes.
    Md5([u8; 16]),
    /// Something else, without quotes.
    Text(Box<str>),
    /// The same beside the MD5 of the bytes.
    Both(Box<str>, [u8; 16]),
}

impl Etag {
    /// With the quotes that every header and body has around it.
    pub(crate) fn quoted(&self) -> String {
        let mut text = String::with_capacity(34);
        self.push_quoted(&mut text);
        text
    }

    /// The same, at the end of a text.
    pub(crate) fn push_quoted(&self, into: &mut String) {
        match self {
            Self::Md5(md5) => {
                let text = quoted_hex(md5);
                into.push_str(std::str::from_utf8(&text).unwrap_or_default());
            }
            Self::Text(text) | Self::Both(text, _) => into.extend(["\"", text, "\""]),
        }
    }

    /// The same, where it is nothing but an MD5, as it nearly always is.
    pub(crate) fn quoted_md5(&self) -> Option<[u8; 34]> {
        match self {
            Self::Md5(md5) => Some(quoted_hex(md5)),
            Self::Text(_) | Self::Both(..) => None,
        }
    }

    /// The MD5 of the bytes, where it is known.
    pub(crate) fn md5(&self) -> Option<&[u8; 16]> {
        match self {
            Self::Md5(md5) | Self::Both(_, md5) => Some(md5),
            Self::Text(_) => None,
        }
    }
}

/// 32 hexadecimal digits in upper case, and a quote before and behind.
fn quoted_hex(bytes: &[u8; 16]) -> [u8; 34] {
    let mut text = [b'"'; 34];
    for (pair, byte) in text[1..33].chunks_exact_mut(2).zip(bytes) {
        for (digit, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = b"0123456789ABCDEF"[usize::from(half)];
        }
    }
    text
}

/// 32 hexadecimal digits in upper case.
pub(crate) fn upper_hex(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(32);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
        }
    }
    text
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

/// What a client stored beside the bytes. Values are as on the wire, which need not be UTF-8.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    /// The headers that HTTP gives a meaning.
    pub(crate) system: Vec<(Stored, Vec<u8>)>,
    /// `x-oss-meta-…`: whole names in lower case.
    pub(crate) user: Vec<UserMeta>,
}

/// A header's name and value.
pub(crate) type UserMeta = (Box<str>, Vec<u8>);

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

    prop_compose! {
        fn objects()(
            size in any::<u64>(), etag in etags(), crc64 in any::<Option<u64>>(),
            modified in any::<i64>(), body in bodies(), value in bytes(), meta in bytes(),
            name in "x-oss-meta-[a-z0-9-]{1,20}",
        ) -> Object {
            Object {
                size, etag, crc64, modified, body,
                kind: ObjectType::Normal,
                storage_class: StorageClass::Standard,
                acl: ObjectAcl::PublicRead,
                metadata: Metadata {
                    system: vec![(Stored::ContentType, value)],
                    user: vec![(name.into(), meta)],
                },
                extras: Extras::default(),
            }
        }
    }

    proptest! {
        #[test]
        fn an_object_survives_its_row(object in objects()) {
            let row = object.encode().unwrap();
            prop_assert_eq!(&Object::decode(&row).unwrap(), &object);
            let Object { size, etag, crc64, modified, kind, storage_class, .. } = object;
            let listed = Listed { size, etag, crc64, modified, kind, storage_class, archived: None };
            prop_assert_eq!(Listed::decode(&row).unwrap(), listed);
        }

        #[test]
        fn no_row_makes_the_decoder_panic(row in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Object::decode(&row);
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

    #[test]
    fn an_etag_is_upper_case_and_quoted() {
        assert_eq!(
            Etag::Md5([0xAB; 16]).quoted(),
            format!("\"{}\"", "AB".repeat(16))
        );
        assert_eq!(Etag::Text("x-1".into()).quoted(), "\"x-1\"");
    }
}

//! What the store holds for this service.
//!
//! | Row | Value |
//! |---|---|
//! | `oss/bucket/<name>` | [`Bucket`]: what every request needs, and which settings there are |
//! | `oss/setting/<id>/<name>` | one setting of the bucket with this id: its policy, its CORS rules, … |
//! | `oss/account/<uid>` | nothing: every creation of a bucket of this account writes it |
//! | `oss/incarnation/<name>` | [`Incarnation`]: the bucket's id, and whether it is being deleted |
//! | `oss/count/<id><class>/<what>` | counters of the bucket with this id: objects, bytes |
//! | `oss/head/<id><key>` | [`Object`]: all of an object but its bytes |
//! | `oss/live/<id><name>` | a live channel |
//! | `oss/body/<id><body>` | the bytes of a small object, in the same commit as its head |
//! | `oss/layout/<layout>` | [`Holders`]: how many objects have this layout |
//! | `oss/layout/<layout><end>` | [`Chunk`]: the extents of a layout up to this offset |
//! | `oss/piece/<body>` | the bytes of a small extent |
//! | `oss/upload/<id><key>\0<upload>` | [`Upload`]: an upload in parts, and what it said about its object |
//! | `oss/part/<upload><number>` | [`Part`]: a part of it; the number is 2 bytes |
//! | `oss/trash/<layout or upload>` | [`Trash`]: something to be cleaned up after its commit |
//!
//! `<id>` is the bucket's incarnation, 8 bytes that no other bucket ever has, not even a later one of the same name:
//! what a deleted bucket may have left can never come back. `<key>` is the object's key, last in the row's key, so
//! that a listing is one cursor over `oss/head/<id>` in the byte order of the keys, and never reads a body.
//! `<body>` is 16 bytes that name one stored body. Larger bodies are blobs, whose owner is such a name too.
//!
//! An object that was appended to, or put together from parts, has a *layout*: extents, of which each is bytes that were
//! stored together, in rows of up to 64. These rows are keyed by where they *end*, 8 bytes, so that the row which has an
//! offset is the first one behind it, and the row that an append continues is the one at the object's size. What an
//! extent refers to never changes and a layout only grows, so a copy shares it with the original: it has the same
//! layout and another size. `objects/layout.rs` says how one ends.
//!
//! A key cannot contain a zero byte, so uploads are in the order of their keys, those of one key in that of their ids.
//!
//! A put expects the bucket's incarnation row at the version it saw. Configuration never writes that row, so
//! nothing but the deletion of the bucket conflicts with a put. Counters are added to, which conflicts with nothing.
//! The order in which objects came to be is the order of their rows' versions, which are numbers of commits.
//!
//! A setting's name is the sub-resource that sets it ([`Kind`]). Whoever writes or deletes one expects the bucket's row,
//! which says in the same commit whether the setting exists (`settings`).
//!
//! Values are postcard behind one byte that numbers the format. Those of objects are written and read by hand (`pieces`).

mod bucket;
mod encryption;
mod etag;
mod extras;
mod layout;
mod metadata;
mod object;
mod pieces;
mod restore;
mod setting;
mod tags;
mod upload;

use std::sync::atomic::{AtomicU64, Ordering};

use gateway::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use bucket::{Bucket, Redundancy, StorageClass};
pub(crate) use bucket::{Incarnation, acl_name, parse_acl};
pub(crate) use encryption::{DEFAULT_KEY, Encryption};
pub(crate) use etag::{Etag, upper_hex};
pub(crate) use extras::Extras;
pub(crate) use layout::{CHUNK, Chunk, Extent, Holders, LayoutId, Piece, Trash};
pub(crate) use metadata::{Metadata, UserMeta, Value};
pub(crate) use object::{BodyAt, Listed, NewBody, ObjectType};
pub use object::{Object, ObjectAcl};
pub(crate) use restore::{Restore, State, Tier};
pub use setting::Kinds;
pub(crate) use setting::{Kind, setting_key};
pub(crate) use tags::{BadTag, Tags};
pub(crate) use upload::{Part, Upload, UploadId};

/// The number of the format of all values.
const FORMAT: u8 = 1;

/// The id of a bucket's incarnation.
pub(crate) type BucketId = u64;

/// The name of one stored body.
pub(crate) type BodyId = [u8; 16];

/// Makes names of bodies: a random number of the process, and a count.
#[derive(Debug)]
pub(crate) struct BodyIds {
    process: u64,
    count: AtomicU64,
}

impl BodyIds {
    pub(crate) fn new() -> Self {
        Self {
            process: getrandom::u64().unwrap_or_default(),
            count: AtomicU64::new(0),
        }
    }

    pub(crate) fn next(&self) -> BodyId {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        (u128::from(self.process) << 64 | u128::from(count)).to_be_bytes()
    }
}

/// What a bucket counts, for each storage class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// Objects.
    Objects,
    /// Bytes of objects.
    Bytes,
    /// Bytes that are paid for beyond those: an object that is not `Standard` counts as 64 KiB at least
    /// (<https://help.aliyun.com/zh/oss/user-guide/overview-53>).
    Padding,
}

impl Count {
    pub(crate) const ALL: [Self; 3] = [Self::Objects, Self::Bytes, Self::Padding];

    /// What one object adds.
    pub(crate) fn of(self, object: &Object) -> i64 {
        const LEAST: u64 = 64 << 10;
        match self {
            Self::Objects => 1,
            Self::Bytes => object.size.cast_signed(),
            Self::Padding if object.storage_class == StorageClass::Standard => 0,
            Self::Padding => LEAST.saturating_sub(object.size).cast_signed(),
        }
    }
}

/// What the rows of all buckets begin with.
pub(crate) const BUCKETS: &[u8] = b"oss/bucket/";

/// The row of a bucket's configuration.
pub(crate) fn bucket_key(name: &str) -> Vec<u8> {
    [BUCKETS, name.as_bytes()].concat()
}

/// The row that makes creations of buckets of one account conflict with each other.
pub(crate) fn account_key(uid: &str) -> Vec<u8> {
    [b"oss/account/", uid.as_bytes()].concat()
}

/// The row that puts expect.
pub(crate) fn incarnation_key(name: &str) -> Vec<u8> {
    [b"oss/incarnation/", name.as_bytes()].concat()
}

/// The row of a counter.
pub(crate) fn count_key(bucket: BucketId, class: StorageClass, what: Count) -> CountKey {
    let what = match what {
        Count::Objects => "/objects",
        Count::Bytes => "/bytes",
        Count::Padding => "/padding",
    };
    let id = &bucket.to_be_bytes()[..];
    CountKey::of([b"oss/count/", id, class.name().as_bytes(), what.as_bytes()])
}

/// The key of a counter's row, in place: each put and deletion makes two of them.
pub(crate) struct CountKey {
    bytes: [u8; 48],
    length: usize,
}

impl CountKey {
    fn of(parts: [&[u8]; 4]) -> Self {
        let (mut bytes, mut length) = ([0; 48], 0);
        for part in parts {
            let behind = length + part.len();
            bytes[length..behind].copy_from_slice(part);
            length = behind;
        }
        Self { bytes, length }
    }
}

impl AsRef<[u8]> for CountKey {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What the rows of a bucket's objects begin with; the key is what follows.
pub(crate) fn heads(bucket: BucketId) -> Vec<u8> {
    [b"oss/head/", &bucket.to_be_bytes()[..]].concat()
}

/// The row of an object.
pub(crate) fn head_key(bucket: BucketId, key: &str) -> Vec<u8> {
    [b"oss/head/", &bucket.to_be_bytes()[..], key.as_bytes()].concat()
}

/// The row of a live channel. With an empty name: what all of them begin with.
pub(crate) fn channel_key(bucket: BucketId, name: &str) -> Vec<u8> {
    [b"oss/live/", &bucket.to_be_bytes()[..], name.as_bytes()].concat()
}

/// The row of a small body.
pub(crate) fn body_key(bucket: BucketId, body: &BodyId) -> [u8; 33] {
    let mut key = [0; 33];
    key[..9].copy_from_slice(b"oss/body/");
    key[9..17].copy_from_slice(&bucket.to_be_bytes());
    key[17..].copy_from_slice(body);
    key
}

/// The row of a layout. The rows of its extents begin with it.
pub(crate) fn layout_key(layout: &LayoutId) -> Vec<u8> {
    [b"oss/layout/", &layout[..]].concat()
}

/// The row of the extents that end at this offset.
pub(crate) fn chunk_key(layout: &LayoutId, end: u64) -> Vec<u8> {
    [b"oss/layout/", &layout[..], &end.to_be_bytes()].concat()
}

/// The row of a small extent.
pub(crate) fn piece_key(body: &BodyId) -> Vec<u8> {
    [b"oss/piece/", &body[..]].concat()
}

/// What the rows of a bucket's uploads begin with; the key, a zero byte and the id are what follows.
pub(crate) fn uploads(bucket: BucketId) -> Vec<u8> {
    [b"oss/upload/", &bucket.to_be_bytes()[..]].concat()
}

/// The row of an upload.
pub(crate) fn upload_key(bucket: BucketId, key: &str, upload: &UploadId) -> Vec<u8> {
    [&uploads(bucket), key.as_bytes(), &[0], upload].concat()
}

/// What the rows of an upload's parts begin with; the number is what follows.
pub(crate) fn parts(upload: &UploadId) -> Vec<u8> {
    [b"oss/part/", &upload[..]].concat()
}

/// The row of a part.
pub(crate) fn part_key(upload: &UploadId, number: u16) -> Vec<u8> {
    [b"oss/part/", &upload[..], &number.to_be_bytes()].concat()
}

/// What the rows of all that is to be cleaned up begin with.
pub(crate) const TRASH: &[u8] = b"oss/trash/";

/// The row that says that a layout, or the rest of an upload, is to be cleaned up.
pub(crate) fn trash_key(id: &[u8; 16]) -> Vec<u8> {
    [TRASH, &id[..]].concat()
}

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(192);
    bytes.push(FORMAT);
    postcard::to_extend(value, bytes).map_err(Fault::internal)
}

/// The value that a row begins with; what follows is not looked at.
pub(crate) fn decode_beginning<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    match bytes {
        [FORMAT, rest @ ..] => {
            let (value, _) = postcard::take_from_bytes(rest).map_err(Fault::internal)?;
            Ok(value)
        }
        _ => Err(Fault::internal("a row of a format that is not known")),
    }
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    match bytes {
        [FORMAT, rest @ ..] => postcard::from_bytes(rest).map_err(Fault::internal),
        _ => Err(Fault::internal("a row of a format that is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_has_a_key() {
        for class in StorageClass::ALL {
            for (what, name) in Count::ALL.into_iter().zip(["objects", "bytes", "padding"]) {
                let key = count_key(0x6162_6364_6566_6768, class, what);
                let shown = std::str::from_utf8(key.as_ref()).unwrap();
                assert_eq!(shown, format!("oss/count/abcdefgh{}/{name}", class.name()));
            }
        }
    }
}

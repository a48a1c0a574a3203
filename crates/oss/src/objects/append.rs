//! Appending to an object.

use bytes::Bytes;
use gateway::{Fault, crc64};
use store::{Batch, BlobId, Error};

use super::write::{contended, count};
use super::{ATTEMPTS, Incoming, MAX_SIZE};
use crate::attributes::Attributes;
use crate::events::{After, Telling};
use crate::locate::{Found, ObjectTarget};
use crate::rows::{self, BodyAt, BodyId, Bucket, Etag, Extent, NewBody, Object, ObjectType, Piece};
use crate::{Oss, fault, layouts};

/// What is to be appended.
#[derive(Debug)]
pub(crate) struct Append {
    /// How long the client takes the object to be.
    pub(crate) position: u64,
    pub(crate) incoming: Incoming,
    /// Virtual time in milliseconds since 1970.
    pub(crate) modified: i64,
    /// What only the first append says.
    pub(crate) first: Attributes,
}

/// Whether there can be an append at this position to what was found.
///
/// Errors: `ObjectNotAppendable`, `PositionNotEqualToLength`.
pub(crate) fn check_position(found: Option<&Found>, position: u64) -> Result<(), Fault> {
    let size = match found.map(|found| &*found.object) {
        Some(object) if object.kind != ObjectType::Appendable => {
            return Err(fault::multipart::object_not_appendable());
        }
        Some(object) => object.size,
        None => 0,
    };
    match position == size {
        true => Ok(()),
        false => Err(fault::multipart::position_not_equal_to_length(size)),
    }
}

impl Oss {
    /// Appends to an object, or makes it. Bytes, head and counters change in one commit, so of two appends at one
    /// position one comes through. Returns the object as it is then. Appending nothing changes nothing.
    ///
    /// Errors: `ObjectNotAppendable`, `PositionNotEqualToLength`, `EntityTooLarge`, `NoSuchBucket`. A blob that was
    /// received is let go then.
    pub(crate) async fn append(
        &self,
        at: &ObjectTarget,
        new: Append,
        tell: &Telling<'_>,
    ) -> Result<Object, Fault> {
        let received = match new.incoming.body {
            NewBody::Received(id) => Some(id),
            _ => None,
        };
        let outcome = self.try_append(at, &new, tell).await;
        if let (Err(_), Some(id)) = (&outcome, received) {
            self.let_go(id).await;
        }
        outcome
    }

    async fn try_append(
        &self,
        at: &ObjectTarget,
        new: &Append,
        tell: &Telling<'_>,
    ) -> Result<Object, Fault> {
        let piece = self.body_ids.next();
        let mut found = at.found.clone();
        for _ in 0..ATTEMPTS {
            check_position(found.as_ref(), new.position)?;
            if new.position + new.incoming.size > MAX_SIZE {
                return Err(fault::entity_too_large());
            }
            if let Some(old) = found.as_ref().filter(|_| new.incoming.size == 0) {
                return Ok(Object::clone(&old.object));
            }
            let mut object = self.appended(&at.bucket, found.as_ref(), new);
            let mut batch = Batch::new();
            self.expect_standing(&mut batch, &at.bucket).await?;
            let head = rows::head_key(at.bucket.incarnation, &at.key);
            match found.as_ref() {
                Some(old) => batch.expect_version(&head, old.version),
                None => batch.expect_absent(&head),
            };
            self.add_bytes(&mut batch, &mut object, new, piece).await?;
            batch.put(&head, object.encode()?);
            count(&mut batch, &at.bucket, found.as_ref(), Some(&object));
            let before = found.as_ref().map(|found| &*found.object);
            let told = tell
                .join(&mut batch, before, After::Object(&object))
                .await?;
            match self.store.commit(batch).await {
                Ok(_) => {
                    told.happened();
                    return Ok(object);
                }
                Err(Error::Conflict { key }) if key.starts_with(b"oss/") => {}
                Err(error) => return Err(error.into()),
            }
            found = self.find(&at.bucket, &at.key).await?;
        }
        Err(contended())
    }

    /// The object with the bytes counted in. Its ETag is new each time and ends in zeros (§6.2).
    fn appended(&self, bucket: &Bucket, found: Option<&Found>, new: &Append) -> Object {
        let Incoming { size, crc64, .. } = new.incoming;
        let mut object = match found {
            Some(old) => Object::clone(&old.object),
            None => Object {
                size: 0,
                etag: Etag::Md5([0; 16]),
                crc64: Some(0),
                modified: 0,
                kind: ObjectType::Appendable,
                storage_class: new.first.storage_class.unwrap_or(bucket.storage_class),
                acl: new.first.acl.unwrap_or_default(),
                metadata: new.first.metadata.clone(),
                extras: new.first.extras(),
                body: BodyAt::Empty,
            },
        };
        let unique = fast_md5::digest(&self.body_ids.next());
        let mut etag = rows::upper_hex(&unique);
        etag.replace_range(24.., "00000000");
        object.etag = Etag::Text(etag.into());
        object.crc64 = object.crc64.map(|crc| crc64::combine(crc, crc64, size));
        object.size += size;
        object.modified = new.modified;
        object
    }

    async fn add_bytes(
        &self,
        batch: &mut Batch,
        object: &mut Object,
        new: &Append,
        piece: BodyId,
    ) -> Result<(), Fault> {
        let len = new.incoming.size;
        let Some(extent) = store_extent(batch, &new.incoming.body, len, piece) else {
            return Ok(());
        };
        match object.layout() {
            Some(id) => {
                let meta = &*self.store.meta;
                layouts::grow(meta, batch, &id, object.size - len, extent).await
            }
            None => {
                let id = self.body_ids.next();
                object.body = BodyAt::Layout(id);
                layouts::begin(batch, &id, &[extent])
            }
        }
    }
}

/// Writes bytes that have just come in as an extent under this name. `None` where there are none.
pub(crate) fn store_extent(
    batch: &mut Batch,
    body: &NewBody,
    len: u64,
    name: BodyId,
) -> Option<Extent> {
    let small = |bytes: &Bytes| (Piece::Small(name), Some(bytes.clone()));
    let blob = |id: &BlobId| (Piece::Blob(*id, name), None);
    let (at, bytes) = match body {
        NewBody::Small(bytes) => small(bytes),
        NewBody::Received(id) => {
            store::own(batch, *id, name);
            blob(id)
        }
        NewBody::Shared(id) => {
            store::share(batch, *id, name);
            blob(id)
        }
        NewBody::Empty | NewBody::Extents(_) | NewBody::SharedLayout(_) => return None,
    };
    if let Some(bytes) = bytes {
        batch.put(rows::piece_key(&name), bytes);
    }
    Some(Extent { len, start: 0, at })
}

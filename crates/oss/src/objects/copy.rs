//! Copies. The bytes of a large object are not copied: both have the same blob, or the same layout.
//!
//! A copy is `Normal` unless its source was put together from parts, and has its ETag. Only a change of an appendable
//! object in place leaves it appendable, so that never two objects add to one layout.

use gateway::Fault;

use super::ATTEMPTS;
use super::write::{New, Put};
use crate::events::Telling;
use crate::locate::ObjectTarget;
use crate::rows::{BodyAt, Extras, Metadata, NewBody, Object, ObjectAcl, ObjectType, StorageClass};
use crate::{Oss, fault};

/// What a copy has that its source has not.
#[derive(Debug)]
pub(crate) struct Copy {
    /// Instead of the source's.
    pub(crate) metadata: Option<Metadata>,
    pub(crate) extras: Extras,
    pub(crate) acl: ObjectAcl,
    pub(crate) storage_class: StorageClass,
    /// Virtual time in milliseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) forbid_overwrite: bool,
}

impl Oss {
    /// Copies an object as it is now. If it changes meanwhile, the copy is of what it is then. Returns the copy.
    ///
    /// Errors: `NoSuchKey` of the source, and those of a put.
    pub(crate) async fn copy(
        &self,
        mut source: ObjectTarget,
        to: &ObjectTarget,
        copy: &Copy,
        tell: &Telling<'_>,
    ) -> Result<Object, Fault> {
        for _ in 0..ATTEMPTS {
            let object = &source.existing()?.object;
            if let Some(body) = self.body_of(&source, object).await? {
                let object = copied(object, copy, source.is_place_of(to));
                let new = New {
                    object: object.clone(),
                    body,
                    forbid_overwrite: copy.forbid_overwrite,
                };
                if matches!(self.put(to, new, tell).await?, Put::Done) {
                    return Ok(object);
                }
            }
            source.found = self.find(&source.bucket, &source.key).await?;
        }
        Err(fault::no_such_key(&source.key))
    }

    /// The bytes of the source for the copy; `None` if they are gone.
    async fn body_of(
        &self,
        source: &ObjectTarget,
        object: &Object,
    ) -> Result<Option<NewBody>, Fault> {
        Ok(match object.body {
            BodyAt::Empty => Some(NewBody::Empty),
            BodyAt::Small(_) => {
                let bytes = self.small_body(&source.bucket, object).await?;
                bytes.map(NewBody::Small)
            }
            BodyAt::Blob(id, _) => Some(NewBody::Shared(id)),
            BodyAt::Layout(id) => Some(NewBody::SharedLayout(id)),
        })
    }
}

fn copied(source: &Object, copy: &Copy, in_place: bool) -> Object {
    let metadata = copy.metadata.as_ref().unwrap_or(&source.metadata);
    let kind = match source.kind {
        ObjectType::Appendable if !in_place => ObjectType::Normal,
        kind => kind,
    };
    Object {
        kind,
        acl: copy.acl,
        storage_class: copy.storage_class,
        modified: copy.modified,
        metadata: metadata.clone(),
        extras: copy.extras.clone(),
        ..source.clone()
    }
}

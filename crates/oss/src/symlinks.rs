//! Reading through symbolic links (§6.9).

use std::ops::Deref;

use gateway::{Call, Fault};
use policy::Access;

use crate::hot::{HotObject, Known};
use crate::locate::ObjectTarget;
use crate::rows::{Extras, Object, ObjectType};
use crate::{Oss, Target, fault};

/// What a read of a key shows.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// Everything that is said about it. Of a link: its own metadata, and the bytes, digests, ETag and size of its
    /// target; changed last when the later of both was.
    pub(crate) object: Shown<'a>,
    /// Whether its bytes can be read as they are.
    pub(crate) readable: bool,
}

/// An object as it was found, or one that is put together. In a box, so that nothing that reads need carry the room
/// for it.
#[derive(Debug)]
pub(crate) enum Shown<'a> {
    Found(&'a Known),
    Made(Box<Object>),
}

impl Shown<'_> {
    /// What is kept of it from other reads.
    pub(crate) fn hot(&self) -> Option<&HotObject> {
        match self {
            Self::Found(known) => known.hot(),
            Self::Made(_) => None,
        }
    }
}

impl Deref for Shown<'_> {
    type Target = Object;

    fn deref(&self) -> &Object {
        match self {
            Self::Found(object) => object,
            Self::Made(object) => object,
        }
    }
}

/// What a read of `at` shows. Whoever reads through a link must be allowed to read the target too.
///
/// Errors: `NoSuchKey`; of a link `SymlinkTargetNotExist`, `InvalidTargetType` if its target is a link itself.
pub(crate) async fn see<'a>(call: &Call<Oss>, at: &'a ObjectTarget) -> Result<Seen<'a>, Fault> {
    let now = call.now.virtual_.timestamp_millis();
    let own = &at.existing()?.object;
    let Some(key) = own.extras.link.as_deref() else {
        return Ok(Seen {
            object: Shown::Found(own),
            readable: own.state(now).is_readable(),
        });
    };
    // In a box, so that other reads need not carry the room for it.
    Box::pin(follow(call, at, key)).await
}

/// What the link is to whose target has this key.
async fn follow<'a>(call: &Call<Oss>, at: &'a ObjectTarget, key: &str) -> Result<Seen<'a>, Fault> {
    let now = call.now.virtual_.timestamp_millis();
    let own = &at.existing()?.object;
    let place = call.service.place(at.bucket.clone(), key.into()).await?;
    let located = place.located(Some(Access::Read));
    call.require("oss:GetObject", &located).await?;
    let Target::Object(place) = located.target else {
        return Err(Fault::internal("the target of a link is no object"));
    };
    let found = place.found.ok_or_else(fault::symlink_target_not_exist)?;
    let target = &*found.object;
    if target.kind == ObjectType::Symlink {
        return Err(fault::invalid_target_type());
    }
    let readable = target.state(now).is_readable();
    let object = Object {
        size: target.size,
        etag: target.etag.clone(),
        crc64: target.crc64,
        body: target.body,
        modified: own.modified.max(target.modified),
        extras: Extras {
            encryption: target.extras.encryption.clone(),
            ..own.extras.clone()
        },
        ..Object::clone(own)
    };
    Ok(Seen {
        object: Shown::Made(Box::new(object)),
        readable,
    })
}

//! PutObject: stores an object whole.
//! <https://help.aliyun.com/zh/oss/developer-reference/putobject>

use gateway::{Action, Body, Call, Fault, Head, Moment, Op};

use crate::attributes::{self, Attributes};
use crate::events::telling;
use crate::locate::ObjectTarget;
use crate::objects::{Expected, Incoming, New};
use crate::route::{Route, Scope};
use crate::rows::{BodyAt, Etag, NewBody, Object, ObjectType};
use crate::{Bucket, Oss, Reply, fault, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutObject",
    route: Route::put(Scope::Object).takes(attributes::HEADERS),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

/// Not an async function, which keeps room for its argument twice.
fn run(mut call: Call<Oss>) -> impl Future<Output = Result<Reply, Fault>> + Send {
    let body = std::mem::replace(&mut call.body, Body::from_bytes(""));
    let target = std::mem::replace(&mut call.target, crate::Target::Service);
    async move { store(&call, &target.object()?, body, "ObjectCreated:PutObject").await }
}

/// Stores a body as the headers ask, tells of it as this event, and says what it stored.
pub(super) async fn store(
    call: &Call<Oss>,
    target: &ObjectTarget,
    body: Body,
    event: &'static str,
) -> Result<Reply, Fault> {
    let Asked {
        attributes,
        expected,
    } = Asked::read(&call.head)?;
    let attributes = attributes.settle(call, target).await?;
    if attributes.forbid_overwrite && target.found.is_some() {
        return Err(fault::file_already_exists());
    }
    let incoming = call.service.receive(body, &expected, call.now.wall);
    let new = new(incoming.await?, attributes, &target.bucket, &call.now);
    let reply = reply(&new.object);
    let tell = telling(call, target, event).await?;
    call.service.put(target, new, &tell).await?;
    Ok(reply)
}

/// What is to be put. Not a part of what calls it, which would have to keep room for each of its parts.
fn new(incoming: Incoming, attributes: Attributes, bucket: &Bucket, now: &Moment) -> New {
    let forbid_overwrite = attributes.forbid_overwrite;
    let (object, body) = made(incoming, attributes, bucket, now);
    New {
        object,
        body,
        forbid_overwrite,
    }
}

/// The object that has just been received.
pub(crate) fn made(
    incoming: Incoming,
    attributes: Attributes,
    bucket: &Bucket,
    now: &Moment,
) -> (Object, NewBody) {
    let Incoming {
        body,
        size,
        md5,
        crc64,
    } = incoming;
    let object = Object {
        size,
        etag: Etag::Md5(md5),
        crc64: Some(crc64),
        modified: now.virtual_.timestamp_millis(),
        kind: ObjectType::Normal,
        storage_class: attributes.class(bucket),
        acl: attributes.acl.unwrap_or_default(),
        extras: attributes.extras(),
        metadata: attributes.metadata,
        body: BodyAt::Empty,
    };
    (object, body)
}

fn reply(object: &Object) -> Reply {
    let mut reply = Reply::ok();
    headers::write_etag(object, &mut reply.headers);
    headers::write_digests(object, &mut reply.headers);
    headers::write_encryption(&object.extras, &mut reply.headers);
    reply
}

/// What the headers ask for.
struct Asked {
    attributes: Attributes,
    expected: Expected,
}

impl Asked {
    fn read(head: &Head) -> Result<Self, Fault> {
        headers::check_sized(head)?;
        Ok(Self {
            attributes: Attributes::read(&head.headers)?,
            expected: Expected::read(head)?,
        })
    }
}

//! PutObject: stores an object whole.
//! <https://help.aliyun.com/zh/oss/developer-reference/putobject>

use gateway::{Action, Call, Fault, Head, Op};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use crate::objects::{Expected, Incoming, New};
use crate::route::{Route, Scope};
use crate::rows::{BodyAt, Etag, Metadata, Object, ObjectAcl, ObjectType};
use crate::{Oss, Reply, fault, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutObject",
    route: Route::put(Scope::Object),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let body = std::mem::replace(&mut call.body, gateway::Body::from_bytes(""));
    let target = std::mem::replace(&mut call.target, crate::Target::Service).object()?;
    let asked = Asked::read(&call.head)?;
    if asked.acl.is_some() {
        let guard = target.guard(None);
        call.require_on("oss:PutObjectAcl", &target.arn(), &guard)
            .await?;
    }
    if asked.forbid_overwrite && target.found.is_some() {
        return Err(fault::file_already_exists());
    }
    let incoming = call
        .service
        .receive(body, &asked.expected, call.now.wall)
        .await?;
    let class = asked.storage_class.unwrap_or(target.bucket.storage_class);
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
        modified: call.now.virtual_.timestamp_millis(),
        kind: ObjectType::Normal,
        storage_class: class,
        acl: asked.acl.unwrap_or_default(),
        metadata: asked.metadata,
        body: BodyAt::Empty,
    };
    let reply = reply(&object);
    let new = New {
        object,
        body,
        forbid_overwrite: asked.forbid_overwrite,
    };
    call.service.put(&target, new).await?;
    Ok(reply)
}

fn reply(object: &Object) -> Reply {
    let mut reply = Reply::ok();
    headers::write_etag(object, &mut reply.headers);
    headers::write_digests(object, &mut reply.headers);
    reply
}

/// What the headers ask for.
struct Asked {
    metadata: Metadata,
    expected: Expected,
    acl: Option<ObjectAcl>,
    storage_class: Option<crate::StorageClass>,
    forbid_overwrite: bool,
}

impl Asked {
    fn read(head: &Head) -> Result<Self, Fault> {
        let sized = [CONTENT_LENGTH, TRANSFER_ENCODING];
        if !sized.iter().any(|name| head.headers.contains_key(name)) {
            return Err(fault::missing_content_length());
        }
        Ok(Self {
            metadata: headers::metadata(&head.headers)?,
            expected: Expected::read(head)?,
            acl: headers::object_acl(head)?,
            storage_class: headers::storage_class(head)?,
            forbid_overwrite: headers::forbids_overwrite(head),
        })
    }
}

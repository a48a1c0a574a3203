//! PutSymlink: makes a symbolic link. Nobody looks whether its target exists.
//! <https://help.aliyun.com/zh/oss/developer-reference/putsymlink>

use std::sync::Arc;

use gateway::{Action, Call, Fault, Head, Op};

use crate::attributes::Attributes;
use crate::events::telling;
use crate::name::read_key;
use crate::objects::New;
use crate::route::{Route, Scope};
use crate::rows::{BodyAt, Etag, Extras, NewBody, Object, ObjectType};
use crate::{Oss, Reply, Target, fault, headers};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutSymlink",
    route: Route::put(Scope::Object).sub("symlink").takes(TAKEN),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

/// The header that names the target.
pub(super) const TARGET: &str = "x-oss-symlink-target";
const TAKEN: &[&str] = &[TARGET, headers::TAGGING];

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    let attributes = Attributes::read(&call.head.headers)?;
    let link = target(&call.head)?;
    attributes.permit(&call, &at).await?;
    if attributes.forbid_overwrite && at.found.is_some() {
        return Err(fault::file_already_exists());
    }
    let object = Object {
        size: 0,
        etag: Etag::Md5(fast_md5::digest(link.as_bytes())),
        crc64: None,
        modified: call.now.virtual_.timestamp_millis(),
        kind: ObjectType::Symlink,
        storage_class: attributes.class(&at.bucket),
        acl: attributes.acl.unwrap_or_default(),
        extras: Extras {
            link: Some((*link).into()),
            ..attributes.extras()
        },
        metadata: attributes.metadata,
        body: BodyAt::Empty,
    };
    let new = New {
        object,
        body: NewBody::Empty,
        forbid_overwrite: attributes.forbid_overwrite,
    };
    let tell = telling(&call, &at, "ObjectCreated:PutSymlink").await?;
    call.service.put(&at, new, &tell).await?;
    Ok(Reply::ok())
}

/// The key that the link is to lead to, percent-encoded in the header.
fn target(head: &Head) -> Result<Arc<str>, Fault> {
    let value = head.headers.get(TARGET);
    let value = value.ok_or_else(fault::missing_symlink_target)?;
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| fault::object_name_encoding())?;
    read_key(text)
}

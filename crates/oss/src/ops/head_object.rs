//! HeadObject: all that is known of an object but its bytes.
//! <https://help.aliyun.com/zh/oss/developer-reference/headobject>

use gateway::{Action, Call, Fault, Op};
use http::HeaderName;

use crate::attributes::GET_TAGGING;
use crate::headers::{self, Outcome};
use crate::locate::ObjectTarget;
use crate::route::{Route, Scope};
use crate::{Object, Oss, Reply, Target, symlinks};

pub(crate) const OP: Op<Oss> = Op {
    name: "HeadObject",
    route: Route::head(Scope::Object),
    action: Action::One("oss:GetObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let target = std::mem::replace(&mut call.target, Target::Service).object()?;
    let seen = symlinks::see(&call, &target).await?;
    let object = &*seen.object;
    if headers::READ.check(&call.head, object)? == Outcome::NotModified {
        return Ok(super::get_object::not_modified(object));
    }
    let mut reply = headers::all(&call, &seen.object);
    headers::write_restore(object, &call.now, &mut reply.headers);
    count_tags(&call, &target, object, &mut reply).await;
    reply.length = Some(object.size);
    Ok(reply)
}

/// Says how many tags an object has, to those who may see them (§7.9).
pub(super) async fn count_tags(
    call: &Call<Oss>,
    at: &ObjectTarget,
    object: &Object,
    reply: &mut Reply,
) {
    const COUNT: HeaderName = HeaderName::from_static("x-oss-tagging-count");
    let tags = &object.extras.tags;
    if tags.is_empty() {
        return;
    }
    let guard = at.guard(None);
    // In a box, so that other reads need not carry the room for it.
    let may = Box::pin(call.require_on(GET_TAGGING, &at.arn(), &guard)).await;
    if may.is_ok() {
        reply.headers.insert(COUNT, tags.len().into());
    }
}

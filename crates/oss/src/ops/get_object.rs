//! GetObject: an object's bytes, or some of them.
//! <https://help.aliyun.com/zh/oss/developer-reference/getobject>

use gateway::{Action, Call, Fault, Op};
use http::StatusCode;
use http::header::CONTENT_RANGE;

use crate::attributes::permit_decrypt;
use crate::headers::{self, Outcome, Slice};
use crate::locate::ObjectTarget;
use crate::route::{Route, Scope};
use crate::symlinks::Seen;
use crate::{Oss, Reply, fault, symlinks, website};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetObject",
    route: Route::get(Scope::Object),
    action: Action::One("oss:GetObject"),
    run: |call| Box::pin(run(call)),
};

/// How often the object is looked up again when its bytes go away under the hands of the reader.
const ATTEMPTS: usize = 100;

/// Not an async function, which keeps room for its argument twice: what this returns fits into the allocator's quick bins.
fn run(mut call: Call<Oss>) -> impl Future<Output = Result<Reply, Fault>> + Send {
    let target = std::mem::replace(&mut call.target, crate::Target::Service);
    async move { get(&call, target.object()?).await }
}

async fn get(call: &Call<Oss>, target: ObjectTarget) -> Result<Reply, Fault> {
    let mut target = website::index(call, target).await?;
    for _ in 0..ATTEMPTS {
        let seen = symlinks::see(call, &target).await?;
        if !seen.readable {
            return Err(fault::restore::invalid_object_state());
        }
        permit_decrypt(call, &target.bucket, &seen.object.extras).await?;
        if let Some(reply) = read(call, &target, &seen).await? {
            return Ok(reply);
        }
        target.found = call.service.find(&target.bucket, &target.key).await?;
    }
    Err(fault::no_such_key(&target.key))
}

/// The answer for the object as it was found; `None` if its bytes are gone.
async fn read(
    call: &Call<Oss>,
    target: &ObjectTarget,
    seen: &Seen<'_>,
) -> Result<Option<Reply>, Fault> {
    let (head, object) = (&call.head, &*seen.object);
    if headers::READ.check(head, object)? == Outcome::NotModified {
        return Ok(Some(not_modified(object)));
    }
    let slice = headers::slice(head, object.size)?;
    let hot = seen.object.hot();
    let Some(body) = call
        .service
        .open(&target.bucket, object, &slice, hot)
        .await?
    else {
        return Ok(None);
    };
    let mut reply = headers::all(call, &seen.object).body(body);
    headers::write_restore(object, &call.now, &mut reply.headers);
    super::head_object::count_tags(call, target, object, &mut reply).await;
    headers::write_overrides(head, call.caller.is_anonymous(), &mut reply.headers)?;
    if let Slice::Part(range) = slice {
        reply.status = StatusCode::PARTIAL_CONTENT;
        let text = format!("bytes {}-{}/{}", range.start, range.end - 1, object.size);
        reply.headers.write(CONTENT_RANGE, text);
    }
    Ok(Some(reply))
}

/// 304 has what a cache needs to know, and no body.
pub(super) fn not_modified(object: &crate::Object) -> Reply {
    let mut reply = Reply::new(StatusCode::NOT_MODIFIED);
    headers::write_identity(object, &mut reply.headers);
    reply
}

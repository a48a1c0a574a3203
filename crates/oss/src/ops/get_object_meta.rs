//! GetObjectMeta: ETag, size and time of an object, and nothing else.
//! <https://help.aliyun.com/zh/oss/developer-reference/getobjectmeta>
//!
//! The documentation has it as HEAD and, in one sample, as GET; neither has a body (§7.8).

use gateway::{Action, Call, Fault, Op};

use crate::route::{Route, Scope};
use crate::{Oss, Reply, Target, headers, symlinks};

pub(crate) const HEAD: Op<Oss> = Op {
    name: "GetObjectMeta",
    route: Route::head(Scope::Object).sub("objectMeta"),
    action: Action::One("oss:GetObject"),
    run: |call| Box::pin(run(call)),
};

pub(crate) const GET: Op<Oss> = Op {
    route: Route::get(Scope::Object).sub("objectMeta"),
    ..HEAD
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let target = std::mem::replace(&mut call.target, Target::Service).object()?;
    let seen = symlinks::see(&call, &target).await?;
    let object = &*seen.object;
    let mut reply = Reply::ok();
    headers::write_identity(object, &mut reply.headers);
    headers::write_crc64(object, &mut reply.headers);
    if call.head.method == http::Method::HEAD {
        reply.length = Some(object.size);
    }
    Ok(reply)
}

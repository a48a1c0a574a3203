//! HeadObject: all that is known of an object but its bytes.
//! <https://help.aliyun.com/zh/oss/developer-reference/headobject>

use gateway::{Action, Call, Fault, Op};
use http::header::CONTENT_LENGTH;

use crate::headers::{self, Outcome};
use crate::route::{Route, Scope};
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "HeadObject",
    route: Route::head(Scope::Object),
    action: Action::One("oss:GetObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let target = call.target.object()?;
    let object = &target.existing()?.object;
    if headers::READ.check(&call.head, object)? == Outcome::NotModified {
        return Ok(super::get_object::not_modified(object));
    }
    let mut reply = Reply::ok();
    headers::write_all(object, &mut reply.headers);
    reply.headers.insert(CONTENT_LENGTH, object.size.into());
    Ok(reply)
}

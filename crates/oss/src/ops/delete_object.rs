//! DeleteObject: removes an object. That it was never there is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deleteobject>

use gateway::{Action, Call, Fault, Op};

use crate::events::telling;
use crate::route::{Route, Scope};
use crate::{Oss, Reply, Target};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteObject",
    route: Route::delete(Scope::Object),
    action: Action::One("oss:DeleteObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let target = std::mem::replace(&mut call.target, Target::Service).object()?;
    let tell = telling(&call, &target, "ObjectRemoved:DeleteObject").await?;
    call.service.delete(&target, &tell).await?;
    Ok(Reply::no_content())
}

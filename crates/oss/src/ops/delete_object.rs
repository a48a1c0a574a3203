//! DeleteObject: removes an object. That it was never there is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deleteobject>

use gateway::{Action, Call, Fault, Op};

use crate::route::{Route, Scope};
use crate::{Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteObject",
    route: Route::delete(Scope::Object),
    action: Action::One("oss:DeleteObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let target = call.target.object()?;
    call.service.delete(&target).await?;
    Ok(Reply::no_content())
}

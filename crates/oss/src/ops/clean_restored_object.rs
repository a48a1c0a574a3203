//! CleanRestoredObject: freezes a restored object before its time.
//! <https://help.aliyun.com/zh/oss/developer-reference/cleanrestoredobject>

use gateway::{Action, Call, Fault, Op};

use crate::route::{Route, Scope};
use crate::{Oss, Reply, restores};

pub(crate) const OP: Op<Oss> = Op {
    name: "CleanRestoredObject",
    route: Route::post(Scope::Object).sub("cleanRestoredObject"),
    action: Action::One("oss:CleanRestoredObject"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let at = call.target.object()?;
    let now = call.now.virtual_.timestamp_millis();
    let change = call
        .service
        .change(&at, |object| restores::clean(object, now));
    change.await?;
    Ok(Reply::ok())
}

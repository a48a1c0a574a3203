//! DeleteObjectTagging: takes all tags from an object. Its `Last-Modified` stays.
//! <https://help.aliyun.com/zh/oss/developer-reference/deleteobjecttagging>

use gateway::{Action, Call, Fault, Op};

use crate::route::{Route, Scope};
use crate::rows::Tags;
use crate::{Object, Oss, Reply};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteObjectTagging",
    route: Route::delete(Scope::Object).sub("tagging"),
    action: Action::One("oss:DeleteObjectTagging"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let target = call.target.object()?;
    let change = |object: &mut Object| {
        object.extras.tags = Tags::default();
        Ok(())
    };
    call.service.change(&target, change).await?;
    Ok(Reply::no_content())
}

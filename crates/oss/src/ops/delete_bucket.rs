//! DeleteBucket: deletes a bucket that holds nothing.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebucket>

use gateway::{Action, Call, Fault, Op};

use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucket",
    route: Route::delete(Scope::Bucket),
    action: Action::One("oss:DeleteBucket"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    call.service.delete_bucket(&bucket).await?;
    Ok(Reply::no_content())
}

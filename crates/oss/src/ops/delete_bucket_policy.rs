//! DeleteBucketPolicy: takes the policy from a bucket. That it has none is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebucketpolicy>

use gateway::{Action, Call, Fault, Op};

use crate::settings::BucketPolicy;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucketPolicy",
    route: Route::delete(Scope::Bucket).sub("policy"),
    action: Action::One("oss:DeleteBucketPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    call.service.delete_setting::<BucketPolicy>(&bucket).await?;
    Ok(Reply::no_content())
}

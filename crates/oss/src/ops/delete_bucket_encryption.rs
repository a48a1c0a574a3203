//! DeleteBucketEncryption: takes the rule for encryption from a bucket. That it has none is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebucketencryption>

use gateway::{Action, Call, Fault, Op};

use crate::settings::BucketEncryption;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucketEncryption",
    route: Route::delete(Scope::Bucket).sub("encryption"),
    action: Action::One("oss:DeleteBucketEncryption"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    call.service
        .delete_setting::<BucketEncryption>(&bucket)
        .await?;
    Ok(Reply::no_content())
}

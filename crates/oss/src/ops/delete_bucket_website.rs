//! DeleteBucketWebsite: takes the settings of a static website from a bucket. That it has none is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebucketwebsite>

use gateway::{Action, Call, Fault, Op};

use crate::settings::Website;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucketWebsite",
    route: Route::delete(Scope::Bucket).sub("website"),
    action: Action::One("oss:DeleteBucketWebsite"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    call.service.delete_setting::<Website>(&bucket).await?;
    Ok(Reply::no_content())
}

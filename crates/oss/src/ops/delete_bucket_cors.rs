//! DeleteBucketCors: takes the CORS rules from a bucket. That it has none is no error.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebucketcors>

use gateway::{Action, Call, Fault, Op};

use crate::settings::Cors;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucketCors",
    route: Route::delete(Scope::Bucket).sub("cors"),
    action: Action::One("oss:DeleteBucketCors"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    call.service.delete_setting::<Cors>(&bucket).await?;
    Ok(Reply::no_content())
}

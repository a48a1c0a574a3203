//! GetBucketLifecycle: when objects of a bucket expire or move to another class.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketlifecycle>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::Lifecycle;
use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketLifecycle",
    route: Route::get(Scope::Bucket).sub("lifecycle"),
    action: Action::One("oss:GetBucketLifecycle"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let lifecycle = call.service.setting::<Lifecycle>(&bucket).await?;
    let lifecycle = lifecycle.ok_or_else(|| fault::settings::no_lifecycle(&bucket.name))?;
    let mut xml = Xml::new();
    lifecycle.0.write(&mut xml);
    Ok(Reply::xml(xml))
}

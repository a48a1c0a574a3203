//! GetBucketWebsite: a bucket as a static website.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketwebsite>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::Website;
use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketWebsite",
    route: Route::get(Scope::Bucket).sub("website"),
    action: Action::One("oss:GetBucketWebsite"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let website = call.service.setting::<Website>(&bucket).await?;
    let website = website.ok_or_else(|| fault::settings::no_website(&bucket.name))?;
    let mut xml = Xml::new();
    website.0.write(&mut xml);
    Ok(Reply::xml(xml))
}

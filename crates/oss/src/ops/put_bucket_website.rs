//! PutBucketWebsite: makes a bucket a static website.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketwebsite>

use gateway::{Action, Call, Fault, Op};

use crate::settings::{WEBSITE, Website};
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketWebsite",
    route: Route::put(Scope::Bucket).sub("website"),
    action: Action::One("oss:PutBucketWebsite"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let root = document::shaped(&call.head, call.body, "WebsiteConfiguration", WEBSITE).await?;
    let website = Website::read(root)?;
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &website).await?;
    Ok(Reply::ok())
}

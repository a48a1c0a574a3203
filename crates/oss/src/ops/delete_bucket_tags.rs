//! DeleteBucketTags: takes the tags from a bucket; with keys behind `tagging=`, just those.
//! <https://help.aliyun.com/zh/oss/developer-reference/deletebuckettags>

use gateway::{Action, Call, Fault, Op};

use crate::settings::BucketTags;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "DeleteBucketTags",
    route: Route::delete(Scope::Bucket).sub("tagging"),
    action: Action::One("oss:DeleteBucketTagging"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let keys = call
        .head
        .query
        .first("tagging")
        .unwrap_or_default()
        .to_owned();
    let named = |key: &str| keys.is_empty() || keys.split(',').any(|name| name == key);
    let bucket = call.target.bucket()?;
    let change = |tags: Option<BucketTags>| {
        let mut tags = tags?;
        tags.0.retain(|(key, _)| !named(key));
        (!tags.0.is_empty()).then_some(tags)
    };
    call.service.update_setting(&bucket, change).await?;
    Ok(Reply::no_content())
}

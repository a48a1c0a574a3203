//! GetBucketPolicy: the policy of a bucket, byte for byte as it was put.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketpolicy>

use bytes::Bytes;
use gateway::{Action, Call, Fault, Op, ResponseBody};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use crate::settings::BucketPolicy;
use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketPolicy",
    route: Route::get(Scope::Bucket).sub("policy"),
    action: Action::One("oss:GetBucketPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let policy = call.service.setting::<BucketPolicy>(&bucket).await?;
    let policy = policy.ok_or_else(|| fault::settings::no_bucket_policy(&bucket.name))?;
    let text = Bytes::copy_from_slice(policy.text().as_bytes());
    let kind = HeaderValue::from_static("application/json");
    Ok(Reply::ok()
        .header(CONTENT_TYPE, kind)
        .body(ResponseBody::full(text)))
}

//! PutBucketPolicy: gives a bucket a policy.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketpolicy>

use gateway::{Action, Call, Fault, Op};

use crate::fault::settings::policy_too_large;
use crate::settings::{BucketPolicy, LONGEST_POLICY};
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketPolicy",
    route: Route::put(Scope::Bucket).sub("policy"),
    action: Action::One("oss:PutBucketPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let body = document::read_or(&call.head, call.body, LONGEST_POLICY, policy_too_large).await?;
    let policy = BucketPolicy::read(&body)?;
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &policy).await?;
    Ok(Reply::ok())
}

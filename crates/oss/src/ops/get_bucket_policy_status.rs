//! GetBucketPolicyStatus: whether the policy of a bucket gives something to everybody.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketpolicystatus>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::BucketPolicy;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketPolicyStatus",
    route: Route::get(Scope::Bucket).sub("policyStatus"),
    action: Action::One("oss:GetBucketPolicyStatus"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let policy = call.service.setting::<BucketPolicy>(&bucket).await?;
    let mut xml = Xml::new();
    xml.group("PolicyStatus", |status| {
        status.value("IsPublic", policy.is_some_and(|policy| policy.is_public()));
    });
    Ok(Reply::xml(xml))
}

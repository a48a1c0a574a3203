//! GetBucketAcl: who may use a bucket besides its owner.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketacl>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::listing::render::owner;
use crate::rows::acl_name;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketAcl",
    route: Route::get(Scope::Bucket).sub("acl"),
    action: Action::One("oss:GetBucketAcl"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let mut xml = Xml::new();
    xml.group("AccessControlPolicy", |policy| {
        owner(policy, &bucket.owner);
        policy.group("AccessControlList", |list| {
            list.value("Grant", acl_name(bucket.acl));
        });
    });
    Ok(Reply::xml(xml))
}

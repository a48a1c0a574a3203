//! GetBucketEncryption: how objects are encrypted that do not say it themselves.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketencryption>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::BucketEncryption;
use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketEncryption",
    route: Route::get(Scope::Bucket).sub("encryption"),
    action: Action::One("oss:GetBucketEncryption"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let rule = call.service.setting::<BucketEncryption>(&bucket).await?;
    let rule = rule.ok_or_else(|| fault::settings::no_encryption_rule(&bucket.name))?;
    let mut xml = Xml::new();
    xml.group("ServerSideEncryptionRule", |element| {
        element.group("ApplyServerSideEncryptionByDefault", |element| {
            rule.write(element);
        });
    });
    Ok(Reply::xml(xml))
}

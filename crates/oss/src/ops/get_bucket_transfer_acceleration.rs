//! GetBucketTransferAcceleration: whether the bucket can be reached through the acceleration endpoints.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbuckettransferacceleration>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::TransferAcceleration;
use crate::{Oss, Reply, Route, Scope, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketTransferAcceleration",
    route: Route::get(Scope::Bucket).sub("transferAcceleration"),
    action: Action::One("oss:GetBucketTransferAcceleration"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let found = call
        .service
        .setting::<TransferAcceleration>(&bucket)
        .await?;
    let found = found.ok_or_else(|| fault::settings::no_transfer_acceleration(&bucket.name))?;
    let mut xml = Xml::new();
    xml.group("TransferAccelerationConfiguration", |config| {
        config.value("Enabled", found.enabled);
    });
    Ok(Reply::xml(xml))
}

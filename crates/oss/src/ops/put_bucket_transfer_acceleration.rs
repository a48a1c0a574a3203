//! PutBucketTransferAcceleration: whether the bucket can be reached through the acceleration endpoints.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbuckettransferacceleration>

use gateway::{Action, Call, Fault, Op};

use crate::settings::TransferAcceleration;
use crate::{Oss, Reply, Route, Scope, document, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketTransferAcceleration",
    route: Route::put(Scope::Bucket).sub("transferAcceleration"),
    action: Action::One("oss:PutBucketTransferAcceleration"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let root = document::config(&call.head, call.body, "TransferAccelerationConfiguration").await?;
    let enabled = match root.child_text("Enabled") {
        Some("true") => true,
        Some("false") => false,
        _ => return Err(fault::malformed_xml("Enabled must be true or false.")),
    };
    let bucket = call.target.bucket()?;
    let acceleration = TransferAcceleration { enabled };
    call.service.put_setting(&bucket, &acceleration).await?;
    Ok(Reply::ok())
}

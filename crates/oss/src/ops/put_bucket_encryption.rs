//! PutBucketEncryption: how objects are encrypted that do not say it themselves.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketencryption>

use gateway::{Action, Call, Fault, Op};

use crate::settings::{BucketEncryption, ENCRYPTION};
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketEncryption",
    route: Route::put(Scope::Bucket).sub("encryption"),
    action: Action::One("oss:PutBucketEncryption"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let name = "ServerSideEncryptionRule";
    let root = document::shaped(&call.head, call.body, name, ENCRYPTION).await?;
    let rule = BucketEncryption::read(&root)?;
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &rule).await?;
    Ok(Reply::ok())
}

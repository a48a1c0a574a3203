//! PutBucketCors: gives a bucket CORS rules in place of those that it has.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketcors>

use gateway::{Action, Call, Fault, Op};

use crate::{Oss, Reply, Route, Scope, document, xml_in};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketCors",
    route: Route::put(Scope::Bucket).sub("cors"),
    action: Action::One("oss:PutBucketCors"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let root = document::config(&call.head, call.body, "CORSConfiguration").await?;
    let cors = xml_in::cors(&root)?;
    let bucket = call.target.bucket()?;
    call.service.put_setting(&bucket, &cors).await?;
    Ok(Reply::ok())
}

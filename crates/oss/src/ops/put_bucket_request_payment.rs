//! PutBucketRequestPayment: who pays for requests to a bucket.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucketrequestpayment>

use gateway::{Action, Call, Fault, Op};

use crate::fault::malformed_xml;
use crate::settings::RequestPayment;
use crate::xml_in::shape::one;
use crate::{Oss, Reply, Route, Scope, document};

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucketRequestPayment",
    route: Route::put(Scope::Bucket).sub("requestPayment"),
    action: Action::One("oss:PutBucketRequestPayment"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let (name, shape) = ("RequestPaymentConfiguration", &[one("Payer")]);
    let root = document::shaped(&call.head, call.body, name, shape).await?;
    let requester_pays = match root.child_text("Payer") {
        Some("Requester") => true,
        Some("BucketOwner") => false,
        _ => return Err(malformed_xml("Payer must be BucketOwner or Requester.")),
    };
    let bucket = call.target.bucket()?;
    let payment = RequestPayment { requester_pays };
    call.service.put_setting(&bucket, &payment).await?;
    Ok(Reply::ok())
}

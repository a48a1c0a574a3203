//! GetBucketRequestPayment: who pays for requests to a bucket.
//! <https://help.aliyun.com/zh/oss/developer-reference/getbucketrequestpayment>

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use crate::settings::RequestPayment;
use crate::{Oss, Reply, Route, Scope};

pub(crate) const OP: Op<Oss> = Op {
    name: "GetBucketRequestPayment",
    route: Route::get(Scope::Bucket).sub("requestPayment"),
    action: Action::One("oss:GetBucketRequestPayment"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Oss>) -> Result<Reply, Fault> {
    let bucket = call.target.bucket()?;
    let payment = call.service.setting::<RequestPayment>(&bucket).await?;
    let requester = payment.is_some_and(|payment| payment.requester_pays);
    let mut xml = Xml::new();
    xml.group("RequestPaymentConfiguration", |config| {
        config.value(
            "Payer",
            if requester {
                "Requester"
            } else {
                "BucketOwner"
            },
        );
    });
    Ok(Reply::xml(xml))
}

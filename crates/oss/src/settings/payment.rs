//! Who pays for requests to a bucket: its owner, or whoever asks and says so (§3.1).
//! <https://help.aliyun.com/zh/oss/user-guide/enable-pay-by-requester>

use gateway::{Caller, Fault, Head};
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::Oss;
use crate::fault::settings::requester_must_pay;
use crate::rows::{Bucket, Kind};

/// Says in a header or in the query that the requester pays.
const PAYER: &str = "x-oss-request-payer";

/// Without this setting the owner pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestPayment {
    pub(crate) requester_pays: bool,
}

impl Setting for RequestPayment {
    const KIND: Kind = Kind::RequestPayment;
}

impl Oss {
    /// Whether the caller may use the bucket at all: its owner's account pays for it, others must agree to, and
    /// nobody can be charged for an unsigned request.
    pub(crate) async fn check_payer(
        &self,
        bucket: &Bucket,
        caller: &Caller,
        head: &Head,
    ) -> Result<(), Fault> {
        let Some(payment) = self.setting::<RequestPayment>(bucket).await? else {
            return Ok(());
        };
        let owner = caller.account() == Some(&*bucket.owner);
        let said = head.header(PAYER).or_else(|| head.query.first(PAYER));
        let agreed = !caller.is_anonymous() && said == Some("requester");
        match !payment.requester_pays || owner || agreed {
            true => Ok(()),
            false => Err(requester_must_pay()),
        }
    }
}

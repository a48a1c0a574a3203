//! Who pays for requests to a bucket: its owner, or whoever asks and says so (§3.1).
//! <https://help.aliyun.com/zh/oss/user-guide/enable-pay-by-requester>

use gateway::{Caller, Fault, Head, Response};
use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::fault::settings::requester_must_pay;
use crate::rows::{Bucket, Kind};
use crate::{Name, Oss};

/// Says in a header or in the query that the requester pays.
const PAYER: HeaderName = HeaderName::from_static("x-oss-request-payer");

/// Without this setting the owner pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestPayment {
    pub(crate) requester_pays: bool,
}

impl Setting for RequestPayment {
    const KIND: Kind = Kind::RequestPayment;
}

/// Says in a response that the sender of the request paid for it.
const CHARGED: HeaderName = HeaderName::from_static("x-oss-request-charged");
/// Who pays, as headers say it.
const REQUESTER: &str = "requester";

/// Whether a request says that its sender pays.
fn agrees(head: &Head) -> bool {
    let header = || head.header(PAYER);
    let header = head.rare.oss.then(header).flatten();
    let said = header.or_else(|| head.query.first(PAYER.as_str()));
    said == Some(REQUESTER)
}

impl Oss {
    /// Whether the caller, not the owner of the bucket, pays for a request.
    async fn charges(&self, bucket: &Bucket, caller: &Caller) -> Result<bool, Fault> {
        let Some(payment) = self.setting::<RequestPayment>(bucket).await? else {
            return Ok(false);
        };
        let owner = caller.account() == Some(&*bucket.owner);
        Ok(payment.requester_pays && !owner)
    }

    /// Whether the caller may use the bucket at all: its owner's account pays for it, others must agree to, and
    /// nobody can be charged for an unsigned request.
    pub(crate) async fn check_payer(
        &self,
        bucket: &Bucket,
        caller: &Caller,
        head: &Head,
    ) -> Result<(), Fault> {
        if !self.charges(bucket, caller).await? {
            return Ok(());
        }
        if caller.is_anonymous() {
            return Err(requester_must_pay("0003-00000701"));
        }
        if agrees(head) {
            return Ok(());
        }
        let in_url = ["Signature", "x-oss-signature"];
        Err(match in_url.iter().any(|name| head.query.has(name)) {
            true => requester_must_pay("0003-00000702"),
            false => requester_must_pay("0003-00000703"),
        })
    }

    /// Says in a response that the sender of its request paid. A request that does not offer to costs one look for
    /// the header.
    pub(crate) async fn add_charge(
        &self,
        head: &Head,
        caller: Option<&Caller>,
        response: &mut Response,
    ) -> Result<(), Fault> {
        let Some(caller) = caller.filter(|_| agrees(head)) else {
            return Ok(());
        };
        if !response.status().is_success() {
            return Ok(());
        }
        let Some(name) = Name::read(head)?.bucket else {
            return Ok(());
        };
        let Some(bucket) = self.bucket(&name).await? else {
            return Ok(());
        };
        if self.charges(&bucket, caller).await? {
            let charged = HeaderValue::from_static(REQUESTER);
            response.headers_mut().insert(CHARGED, charged);
        }
        Ok(())
    }
}

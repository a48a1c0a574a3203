//! Billing, version 2017-12-14: the one question by which Terraform finds out whether an account is of the Chinese or the
//! international site.
//! <https://help.aliyun.com/zh/user-center/developer-reference/api-bssopenapi-2017-12-14-queryavailableinstances>

mod ops;

use std::sync::Arc;

use gateway::{Caller, Fault, Guard, Head, Located, Op};

use crate::Identity;
use crate::door::{self, Api, Door};
use crate::fault::Voice;

/// The one version of the API.
pub const BSS_VERSION: &str = "2017-12-14";

/// Billing.
pub type Bss = Door<BssApi>;

/// What is billing's own.
#[derive(Debug)]
pub struct BssApi;

impl Bss {
    /// Billing for the keys of these accounts.
    pub fn new(identity: Arc<Identity>) -> Self {
        Self {
            identity,
            api: BssApi,
        }
    }
}

impl Api for BssApi {
    const PRODUCT: &'static str = "bssopenapi";
    const NAME: &'static str = "BssOpenApi";
    const VERSION: &'static str = BSS_VERSION;
    const VOICE: Voice = Voice::Ram;
    const ELSEWHERE: &'static [&'static str] = &[];
    const OPS: &'static [Op<Bss>] = ops::ALL;
    type On = ();
    type Target = ();

    async fn locate(
        _door: &Bss,
        _op: &'static Op<Bss>,
        caller: &Caller,
        _head: &Head,
    ) -> Result<Located<Bss>, Fault> {
        let account = door::account(caller);
        Ok(Located {
            arn: format!("acs:bssapi:*:{account}:*"),
            guard: Guard::owned_by(account),
            target: (),
        })
    }
}

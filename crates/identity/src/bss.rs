//! Billing, version 2017-12-14: the one question by which Terraform finds out whether an account is of the Chinese or the
//! international site.
//! <https://help.aliyun.com/zh/user-center/developer-reference/api-bssopenapi-2017-12-14-queryavailableinstances>

mod ops;

use gateway::{Caller, Fault, Head, Located, Op};

use crate::door::{self, Api, Door};
use crate::fault::Voice;

/// The one version of the API.
pub const BSS_VERSION: &str = "2017-12-14";

/// Billing.
pub type Bss = Door<BssApi>;

/// What is billing's own.
#[derive(Debug, Default)]
pub struct BssApi;

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
        Ok(door::whole_account(caller, "bssapi"))
    }
}

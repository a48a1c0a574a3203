//! Resource Access Management, version 2015-05-01 (spec/identity.md §3).
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-overview>

mod attaching;
pub(crate) mod on;
pub(crate) mod ops;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod settings;
pub(crate) mod show;

use gateway::{Caller, Fault, Head, Located, Op};
use policy::Context;

use crate::door::{Api, Door, Target};
use crate::fault::Voice;
use crate::{rpc, service_roles};

pub use on::On;

/// The one version of the API.
pub const RAM_VERSION: &str = "2015-05-01";

/// What the real service has and this one has not.
const ELSEWHERE: &[&str] = &["ChangePassword", "GetServiceLinkedRoleDeletionStatus"];

/// RAM over an identity plane.
pub type Ram = Door<RamApi>;

/// What is RAM's own.
#[derive(Debug, Default)]
pub struct RamApi;

impl Api for RamApi {
    const PRODUCT: &'static str = "ram";
    const NAME: &'static str = "Ram";
    const VERSION: &'static str = RAM_VERSION;
    const VOICE: Voice = Voice::Ram;
    const ELSEWHERE: &'static [&'static str] = ELSEWHERE;
    const OPS: &'static [Op<Ram>] = ops::ALL;
    type On = On;
    type Target = Target;

    async fn locate(
        _door: &Ram,
        op: &'static Op<Ram>,
        caller: &Caller,
        head: &Head,
    ) -> Result<Located<Ram>, Fault> {
        op.route.locate(caller, head)
    }

    /// Which service a call about a role of a service means.
    fn conditions(op: &'static Op<Ram>, head: &Head, context: &mut Context) {
        let service = match op.name {
            "CreateServiceLinkedRole" => rpc::given(head, "ServiceName"),
            "DeleteServiceLinkedRole" => {
                rpc::given(head, "RoleName").and_then(service_roles::service_of)
            }
            _ => None,
        };
        if let Some(service) = service {
            context.insert("ram:ServiceName", service);
        }
    }
}

//! SetSecurityPreference: says what users may do by themselves, and how they log on.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-setsecuritypreference>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::preferences::Preference;
use crate::ram::{On, Ram, settings, show};

pub(super) const OP: Op<Ram> = Op {
    name: "SetSecurityPreference",
    route: On::Account,
    action: Action::One("ram:SetSecurityPreference"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let read = |preference: &mut Preference| {
        settings::read_preference(&call.head, preference)?;
        let public_keys = &mut preference.manage_public_keys;
        settings::read_flags(&call.head, [("AllowUserToManagePublicKeys", public_keys)])
    };
    let identity = &call.service.identity;
    let preference = identity.set_preference(&call.target.account, read).await?;
    Ok(show::preference(&preference))
}

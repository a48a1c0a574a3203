//! SetPasswordPolicy: says what passwords must be like.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-setpasswordpolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, settings};

pub(super) const OP: Op<Ims> = Op {
    name: "SetPasswordPolicy",
    route: On::Account,
    action: Action::One("ram:SetPasswordPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let read = |policy: &mut _| settings::read_passwords(&call.head, policy);
    let policy = identity.set_password_policy(account, read).await?;
    Ok(settings::passwords(&policy))
}

//! GetPasswordPolicy: what passwords must be like.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getpasswordpolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, settings};

pub(super) const OP: Op<Ims> = Op {
    name: "GetPasswordPolicy",
    route: On::Account,
    action: Action::One("ram:GetPasswordPolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let policy = identity.password_policy(account).await?;
    Ok(settings::passwords(&policy))
}

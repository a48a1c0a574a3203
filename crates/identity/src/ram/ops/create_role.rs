//! CreateRole: makes a role.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createrole>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, params, show};
use crate::roles::NewRole;
use crate::{names, rpc};

pub(super) const OP: Op<Ram> = Op {
    name: "CreateRole",
    route: On::Roles,
    action: Action::One("ram:CreateRole"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    let name = params::name(head, "RoleName", names::NEW_ROLE)?;
    let mut new = NewRole::new(name, rpc::need(head, "AssumeRolePolicyDocument")?);
    new.description = params::text(head, "Description", 1024)?.unwrap_or_default();
    new.max_session = params::max_session(head, "MaxSessionDuration")?.unwrap_or(new.max_session);
    new.console = params::flag(head, "AllowConsoleLogin")?;
    new.tags = params::tags(head)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let role = identity
        .create_role(account, new, call.now.virtual_)
        .await?;
    Ok(Reply::of(
        &json!({ "Role": show::made(show::role(account, &role)) }),
    ))
}

//! ListRoles: lists the roles by name, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listroles>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::page::Page;
use crate::ram::{On, Ram, params, show};

pub(super) const OP: Op<Ram> = Op {
    name: "ListRoles",
    route: On::Roles,
    action: Action::One("ram:ListRoles"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let wanted = params::tag_filters(&call.head)?;
    let page = Page::read(&call.head)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let roles = identity
        .list_roles(account, &page.after, page.limit(), &wanted)
        .await?;
    let show = |role: &_| show::role_row(account, role);
    Ok(page.reply(("Roles", "Role"), roles, |role| role.name.clone(), show))
}

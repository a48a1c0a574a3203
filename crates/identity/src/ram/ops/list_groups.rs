//! ListGroups: lists the groups by name, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listgroups>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ram::page::Page;
use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "ListGroups",
    route: On::Groups,
    action: Action::One("ram:ListGroups"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let page = Page::read(&call.head)?;
    let identity = &call.service.identity;
    let groups = identity
        .list_groups(&call.target.account, &page.after, page.limit())
        .await?;
    Ok(page.reply(
        ("Groups", "Group"),
        groups,
        |group| group.name.clone(),
        show::group,
    ))
}

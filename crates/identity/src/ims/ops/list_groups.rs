//! ListGroups: lists the groups by name, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listgroups>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::groups::Group;
use crate::ims::{Ims, On, show};
use crate::ram::page::Page;

pub(super) const OP: Op<Ims> = Op {
    name: "ListGroups",
    route: On::Groups,
    action: Action::One("ram:ListGroups"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let page = Page::of(&call.head, 100)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let groups = identity
        .list_groups(account, &page.after, page.limit())
        .await?;
    let name = |group: &Group| group.name.clone();
    Ok(page.reply(("Groups", "Group"), groups, name, show::group))
}

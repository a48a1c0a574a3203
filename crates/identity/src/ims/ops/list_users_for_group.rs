//! ListUsersForGroup: lists who is in a group, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listusersforgroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On, show};
use crate::ram::page::Page;
use crate::users::User;

pub(super) const OP: Op<Ims> = Op {
    name: "ListUsersForGroup",
    route: On::Group,
    action: Action::One("ram:ListUsersForGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let page = Page::of(&call.head, 100)?;
    let (identity, target) = (&call.service.identity, &call.target);
    let members = identity
        .members(&target.account, &target.name, &page.after, page.limit())
        .await?;
    let account = identity.account_row(&target.account).await?;
    let show = |(user, since): &(User, String)| {
        let mut fields = show::user_head(&account, user);
        fields["JoinDate"] = json!(since);
        fields
    };
    let id = |(user, _): &(User, String)| user.id.clone();
    Ok(page.reply(("Users", "User"), members, id, show))
}

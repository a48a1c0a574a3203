//! ListUsers: lists the users by name, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listusers>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::accounts::Account;
use crate::ims::params::{self, Listed};
use crate::ims::{Ims, On, show};
use crate::users::User;

pub(super) const OP: Op<Ims> = Op {
    name: "ListUsers",
    route: On::Users,
    action: Action::One("ram:ListUsers"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let listed = params::listed(&call.head)?;
    let (users, account) = users(&call, &listed).await?;
    let show = |user: &User| {
        let mut fields = show::tagged_user(&account, user);
        fields["Status"] = json!("active");
        fields
    };
    Ok(listed
        .page
        .reply(("Users", "User"), users, |user| user.name.clone(), show))
}

/// The users of a page, and their account.
pub(super) async fn users(
    call: &Call<Ims>,
    listed: &Listed,
) -> Result<(Vec<User>, Account), Fault> {
    let (identity, account) = (&call.service.identity, &call.target.account);
    let account = identity.account_row(account).await?;
    if !listed.active {
        return Ok((Vec::new(), account));
    }
    let (after, limit) = (&listed.page.after, listed.page.limit());
    let users = identity
        .list_users(&account.uid, after, limit, &listed.tags)
        .await?;
    Ok((users, account))
}

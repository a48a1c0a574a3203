//! CreateUser: makes a user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-createuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On, params, principal, show, tags};
use crate::users::Profile;
use crate::{ram, rpc};

pub(super) const OP: Op<Ims> = Op {
    name: "CreateUser",
    route: On::Users,
    action: Action::One("ram:CreateUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let given = rpc::need(head, "UserPrincipalName")?;
    let account = identity.account_row(account).await?;
    let name = principal::new_name(&account, given, "UserPrincipalName", "UserName")?;
    rpc::need(head, "DisplayName")?;
    let profile = Profile {
        display_name: params::display_name(head, "DisplayName")?.unwrap_or_default(),
        mobile_phone: ram::params::mobile_phone(head, "MobilePhone")?.unwrap_or_default(),
        email: ram::params::email(head, "Email")?.unwrap_or_default(),
        comments: params::comments(head, "Comments")?.unwrap_or_default(),
    };
    let tags = tags::tags(head)?;
    let user = identity
        .create_user(&account.uid, name, profile, tags, call.now.virtual_)
        .await?;
    Ok(Reply::of(
        &json!({ "User": show::tagged_user(&account, &user) }),
    ))
}

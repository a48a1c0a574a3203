//! UpdateUser: changes a user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-updateuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ims::{Ims, On, params, principal, show};
use crate::users::UserChanges;
use crate::{ram, rpc};

pub(super) const OP: Op<Ims> = Op {
    name: "UpdateUser",
    route: On::AnyUser { by_key: false },
    action: Action::One("ram:UpdateUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (identity, target) = (&call.service.identity, &call.target);
    let account = identity.account_row(&target.account).await?;
    let new_name = match rpc::given(head, "NewUserPrincipalName") {
        Some(given) => Some(principal::new_name(
            &account,
            given,
            "NewUserPrincipalName",
            "NewUserName",
        )?),
        None => None,
    };
    let changes = UserChanges {
        name: new_name.map(str::to_owned),
        display_name: params::display_name(head, "NewDisplayName")?,
        mobile_phone: ram::params::mobile_phone(head, "NewMobilePhone")?,
        email: ram::params::email(head, "NewEmail")?,
        comments: params::comments(head, "NewComments")?,
    };
    let user = identity
        .update_user(&account.uid, &target.name, &changes, call.now.virtual_)
        .await?;
    Ok(Reply::of(&json!({ "User": show::user(&account, &user) })))
}

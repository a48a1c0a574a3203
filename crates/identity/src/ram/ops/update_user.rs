//! UpdateUser: changes a RAM user, its name included.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-updateuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::names;
use crate::ram::{On, Ram, params, show};
use crate::rpc;
use crate::users::UserChanges;

pub(super) const OP: Op<Ram> = Op {
    name: "UpdateUser",
    route: On::User,
    action: Action::One("ram:UpdateUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    if rpc::given(head, "NewUserName").is_some() {
        params::name(head, "NewUserName", names::USER)?;
    }
    let changes = UserChanges {
        name: rpc::given(head, "NewUserName").map(str::to_owned),
        display_name: params::display_name(head, "NewDisplayName", 128)?,
        mobile_phone: params::mobile_phone(head, "NewMobilePhone")?,
        email: params::email(head, "NewEmail")?,
        comments: params::text(head, "NewComments", 128)?,
    };
    let (identity, target) = (&call.service.identity, &call.target);
    let user = identity
        .update_user(&target.account, &target.name, &changes, call.now.virtual_)
        .await?;
    Ok(Reply::of(&json!({ "User": show::user(&user) })))
}

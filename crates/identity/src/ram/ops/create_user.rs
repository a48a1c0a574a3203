//! CreateUser: makes a RAM user.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createuser>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::names;
use crate::ram::{On, Ram, params, show};
use crate::users::Profile;

pub(super) const OP: Op<Ram> = Op {
    name: "CreateUser",
    route: On::Users,
    action: Action::One("ram:CreateUser"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let name = params::name(&call.head, "UserName", names::USER)?;
    let profile = Profile {
        display_name: params::display_name(&call.head, "DisplayName", 128)?.unwrap_or_default(),
        mobile_phone: params::mobile_phone(&call.head, "MobilePhone")?.unwrap_or_default(),
        email: params::email(&call.head, "Email")?.unwrap_or_default(),
        comments: params::text(&call.head, "Comments", 128)?.unwrap_or_default(),
    };
    let (identity, account) = (&call.service.identity, &call.target.account);
    let user = identity
        .create_user(account, name, profile, Vec::new(), call.now.virtual_)
        .await?;
    Ok(Reply::of(&json!({ "User": show::made(show::user(&user)) })))
}

//! ListUserBasicInfos: lists the names and ids of the users by name, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listuserbasicinfos>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use super::list_users::users;
use crate::ims::{Ims, On, params, show};
use crate::users::User;

pub(super) const OP: Op<Ims> = Op {
    name: "ListUserBasicInfos",
    route: On::Users,
    action: Action::One("ram:ListUserBasicInfos"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let listed = params::listed(&call.head)?;
    let (users, account) = users(&call, &listed).await?;
    let show = |user: &User| {
        let mut fields = show::user_head(&account, user);
        fields["Status"] = json!("active");
        fields
    };
    let list = ("UserBasicInfos", "UserBasicInfo");
    Ok(listed
        .page
        .reply(list, users, |user| user.name.clone(), show))
}

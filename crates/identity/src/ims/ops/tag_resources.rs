//! TagResources: adds tags to users.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-tagresources>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::fault;
use crate::ims::{Ims, On, tags};
use crate::tags::{TagChange, Tagged};

pub(super) const OP: Op<Ims> = Op {
    name: "TagResources",
    route: On::Account,
    action: Action::One("ram:TagResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let tags = tags::tags(head)?;
    if tags.is_empty() {
        return Err(fault::missing_parameter("Tag"));
    }
    let users = tags::need_users(identity, account, head).await?;
    let change = TagChange::Add(&tags);
    identity
        .change_tags(account, Tagged::User, &users, change, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}

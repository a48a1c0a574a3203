//! UntagResources: takes tags from users: those with the given keys, or all.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-untagresources>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, tags};
use crate::ram::ops::untag_resources;
use crate::tags::Tagged;

pub(super) const OP: Op<Ims> = Op {
    name: "UntagResources",
    route: On::Account,
    action: Action::One("ram:UntagResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let keys = tags::keys(head)?;
    let change = untag_resources::change(head, &keys, "TagKey")?;
    let users = tags::need_users(identity, account, head).await?;
    identity
        .change_tags(account, Tagged::User, &users, change, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}

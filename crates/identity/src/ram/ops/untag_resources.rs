//! UntagResources: takes tags from roles or custom policies: those of `TagKeys`, or `All`.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-untagresources>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::fault;
use crate::ram::{On, Ram, params};
use crate::tags::TagChange;

pub(super) const OP: Op<Ram> = Op {
    name: "UntagResources",
    route: On::Account,
    action: Action::One("ram:UntagResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (kind, rule) = params::tagged(head)?;
    let names = params::names(head, "ResourceNames", rule)?;
    let keys = params::tag_keys(head)?;
    let all = params::flag(head, "All")?.unwrap_or(false);
    if names.is_empty() {
        return Err(fault::missing_parameter("ResourceNames"));
    }
    // `All` counts only where no key is named, as everywhere in the cloud.
    let change = match keys.as_slice() {
        [] if all => TagChange::Clear,
        [] => return Err(fault::missing_parameter("TagKeys")),
        keys => TagChange::Remove(keys),
    };
    let (identity, account) = (&call.service.identity, &call.target.account);
    identity
        .change_tags(account, kind, &names, change, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}

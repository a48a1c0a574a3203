//! UntagResources: takes tags from roles or custom policies: those of `TagKeys`, or `All`.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-untagresources>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Head, Op};

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
    if names.is_empty() {
        return Err(fault::missing_parameter("ResourceNames"));
    }
    let change = change(head, &keys, "TagKeys")?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    identity
        .change_tags(account, kind, &names, change, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}

/// Which tags go. `All` counts only where no key is named, as everywhere in the cloud.
pub(crate) fn change<'a>(
    head: &Head,
    keys: &'a [String],
    parameter: &str,
) -> Result<TagChange<'a>, Fault> {
    let all = params::flag(head, "All")?.unwrap_or(false);
    match keys {
        [] if all => Ok(TagChange::Clear),
        [] => Err(fault::missing_parameter(parameter)),
        keys => Ok(TagChange::Remove(keys)),
    }
}

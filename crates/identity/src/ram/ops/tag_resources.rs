//! TagResources: adds tags to roles or custom policies, to all that are named or to none.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-tagresources>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::fault;
use crate::ram::{On, Ram, params};
use crate::tags::TagChange;

pub(super) const OP: Op<Ram> = Op {
    name: "TagResources",
    route: On::Account,
    action: Action::One("ram:TagResources"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    let (kind, rule) = params::tagged(head)?;
    let names = params::names(head, "ResourceNames", rule)?;
    let tags = params::tags(head)?;
    for (missing, parameter) in [
        (names.is_empty(), "ResourceNames"),
        (tags.is_empty(), "Tag"),
    ] {
        if missing {
            return Err(fault::missing_parameter(parameter));
        }
    }
    let (identity, account) = (&call.service.identity, &call.target.account);
    let change = TagChange::Add(&tags);
    identity
        .change_tags(account, kind, &names, change, call.now.virtual_)
        .await?;
    Ok(Reply::empty())
}

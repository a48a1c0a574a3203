//! ListPoliciesForGroup: lists the policies of a group.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listpoliciesforgroup>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::attachments::Entity;
use crate::ram::{On, Ram, show};

pub(super) const OP: Op<Ram> = Op {
    name: "ListPoliciesForGroup",
    route: On::Group,
    action: Action::One("ram:ListPoliciesForGroup"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let found = identity
        .attachments(&target.account, Entity::Group, &target.name)
        .await?;
    Ok(show::attachments(&found))
}

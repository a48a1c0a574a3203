//! CreatePolicy: makes a custom policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createpolicy>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::policies::{Kind, NewPolicy};
use crate::ram::{On, Ram, params, show};
use crate::{names, rpc};

pub(super) const OP: Op<Ram> = Op {
    name: "CreatePolicy",
    route: On::Policies,
    action: Action::One("ram:CreatePolicy"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let head = &call.head;
    let name = params::name(head, "PolicyName", names::POLICY)?;
    let document = rpc::need(head, "PolicyDocument")?;
    let description = params::text(head, "Description", 1024)?.unwrap_or_default();
    let tags = params::tags(head)?;
    let new = NewPolicy {
        name,
        document,
        description: &description,
        tags: &tags,
    };
    let (identity, account) = (&call.service.identity, &call.target.account);
    let policy = identity
        .create_policy(account, new, call.now.virtual_)
        .await?;
    Ok(Reply::of(
        &json!({ "Policy": show::made(show::policy(Kind::Custom, &policy)) }),
    ))
}

//! CreateServiceLinkedRole: makes the role of a service from its template.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-createservicelinkedrole>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram, params, show};
use crate::rpc;

pub(super) const OP: Op<Ram> = Op {
    name: "CreateServiceLinkedRole",
    route: On::Roles,
    action: Action::One("ram:CreateServiceLinkedRole"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let service = rpc::need(&call.head, "ServiceName")?;
    // No service here makes several roles. The description of one that does not is its template's, whatever is said.
    params::refuse(&call.head, &["CustomSuffix"])?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let role = identity
        .create_service_role(account, service, call.now.virtual_)
        .await?;
    Ok(Reply::of(
        &json!({ "Role": show::service_role(account, &role) }),
    ))
}

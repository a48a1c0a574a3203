//! GetServiceLinkedRoleTemplate: what the role of a service is made from.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-getservicelinkedroletemplate>

use gateway::rpc::Reply;
use gateway::rpc::list;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::ram::{On, Ram};
use crate::{rpc, service_roles};

pub(super) const OP: Op<Ram> = Op {
    name: "GetServiceLinkedRoleTemplate",
    route: On::Account,
    action: Action::One("ram:GetServiceLinkedRoleTemplate"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let template = service_roles::template(rpc::need(&call.head, "ServiceName")?)?;
    let description = json!({ "Language": "en-US", "Description": template.description });
    Ok(Reply::of(&json!({ "ServiceLinkedRoleTemplate": {
        "ServiceName": template.service,
        "RoleNamePrefix": template.role,
        "SystemPolicyName": template.policy,
        "MultipleRolesAllowed": false,
        "RoleDescriptions": list("RoleDescription", &[description]),
    } })))
}

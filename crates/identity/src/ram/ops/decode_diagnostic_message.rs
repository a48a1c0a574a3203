//! DecodeDiagnosticMessage: says why a request was refused, to who may know.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-decodediagnosticmessage>

use gateway::diagnosis::MatchedPolicy;
use gateway::rpc::Reply;
use gateway::{Action, Call, Diagnosis, Fault, Op};
use serde_json::{Value, json};

use crate::ram::{On, Ram};
use crate::rpc;

pub(super) const OP: Op<Ram> = Op {
    name: "DecodeDiagnosticMessage",
    route: On::Account,
    action: Action::One("ram:DecodeDiagnosticMessage"),
    run: |call| Box::pin(run(call)),
};

/// The message may be left out, and then none is found. How long one lasts is not documented; here they do not end.
async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let sealed = rpc::given(&call.head, "EncodedDiagnosticMessage").unwrap_or_default();
    let identity = &call.service.identity;
    let diagnosis = identity.diagnosis(&call.target.account, sealed).await?;
    Ok(Reply::of(
        &json!({ "DecodedDiagnosticMessage": show(&diagnosis) }),
    ))
}

fn show(diagnosis: &Diagnosis) -> Value {
    let principal = &diagnosis.principal;
    let conditions = diagnosis.conditions.iter();
    let conditions =
        conditions.map(|(key, values)| json!({ "ConditionKey": key, "ConditionValues": values }));
    let matched = diagnosis.matched.iter().map(matched);
    json!({
        "AuthAction": diagnosis.action,
        "AuthConditions": conditions.collect::<Vec<_>>(),
        "AuthPrincipal": {
            "AuthPrincipalDisplayName": principal.display_name,
            "AuthPrincipalOwnerId": principal.owner,
            "AuthPrincipalType": principal.kind,
        },
        "AuthResource": diagnosis.resource,
        "ExplicitDeny": diagnosis.explicit,
        "MatchedPolicies": matched.collect::<Vec<_>>(),
        "NoPermissionPolicyType": diagnosis.policy_type,
    })
}

/// Only custom policies have a version.
fn matched(policy: &MatchedPolicy) -> Value {
    let mut shown = json!({
        "AttachedEntityType": policy.entity,
        "AttachedScope": policy.scope,
        "Effect": policy.effect,
        "PolicyIdentifier": policy.name,
        "PolicyType": policy.policy_type,
    });
    if let Some(version) = policy.version {
        shown["PolicyVersion"] = json!(format!("v{version}"));
    }
    shown
}

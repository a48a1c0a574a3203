//! ListPolicyVersions: lists the versions of a policy.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ram-2015-05-01-listpolicyversions>

use gateway::rpc::{self, Reply};
use gateway::{Action, Call, Fault, Op};
use serde_json::{Value, json};

use crate::ram::{On, Ram, params, show};

pub(super) const OP: Op<Ram> = Op {
    name: "ListPolicyVersions",
    route: On::Policy,
    action: Action::One("ram:ListPolicyVersions"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ram>) -> Result<Reply, Fault> {
    let (kind, name) = params::policy(&call.head)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let (policy, _) = identity.policy(account, kind, name).await?;
    let versions = policy.versions.iter();
    let versions: Vec<Value> = versions
        .map(|version| show::version(version, version.number == policy.default))
        .collect();
    Ok(Reply::of(
        &json!({ "PolicyVersions": rpc::list("PolicyVersion", &versions) }),
    ))
}

//! GetCallerIdentity: who signed this call. Nobody can be denied it.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-getcalleridentity>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use policy::Principal;
use serde_json::{Value, json};

use crate::accounts::DEFAULT_ACCOUNT;
use crate::sts::{On, Sts};

pub(crate) const OP: Op<Sts> = Op {
    name: "GetCallerIdentity",
    route: On::Caller,
    action: Action::Signed,
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Sts>) -> Result<Reply, Fault> {
    let fields = describe(&call.caller.principal);
    Ok(Reply::of(&fields))
}

/// The fields by caller (spec/identity.md §2.2). Where signatures are not looked at, an unsigned call is the root's.
fn describe(principal: &Principal) -> Value {
    let arn = principal.arn();
    match principal {
        Principal::User { account, id, .. } => json!({
            "IdentityType": "RAMUser",
            "AccountId": &**account,
            "PrincipalId": &**id,
            "UserId": &**id,
            "Arn": arn,
        }),
        Principal::Session {
            account,
            role_id,
            session_name,
            ..
        } => json!({
            "IdentityType": "AssumedRoleUser",
            "AccountId": &**account,
            "PrincipalId": format!("{role_id}:{session_name}"),
            "RoleId": &**role_id,
            "Arn": arn,
        }),
        Principal::Account { account } => root(account),
        Principal::Anonymous | Principal::Service { .. } | Principal::Federated { .. } => {
            root(DEFAULT_ACCOUNT)
        }
    }
}

fn root(account: &str) -> Value {
    json!({
        "IdentityType": "Account",
        "AccountId": account,
        "PrincipalId": account,
        "Arn": format!("acs:ram::{account}:root"),
    })
}

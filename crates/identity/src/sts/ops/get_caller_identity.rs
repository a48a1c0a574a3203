//! GetCallerIdentity: who signed this call. Nobody can be denied it.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-getcalleridentity>

use std::borrow::Cow;

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use policy::Principal;
use serde::Serialize;

use crate::accounts::DEFAULT_ACCOUNT;
use crate::sts::{On, Sts};

pub(crate) const OP: Op<Sts> = Op {
    name: "GetCallerIdentity",
    route: On::Caller,
    action: Action::Signed,
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Sts>) -> Result<Reply, Fault> {
    Ok(Reply::of(&describe(&call.caller.principal)))
}

/// Users and sessions have one field more each.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    identity_type: &'static str,
    account_id: &'a str,
    principal_id: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<&'a str>,
    arn: String,
}

/// The fields by caller (spec/identity.md §2.2). Where signatures are not looked at, an unsigned call is the root's.
fn describe(principal: &Principal) -> Answer<'_> {
    let arn = principal.arn();
    match principal {
        Principal::User { account, id, .. } => Answer {
            identity_type: "RAMUser",
            account_id: account,
            principal_id: Cow::Borrowed(id),
            user_id: Some(id),
            role_id: None,
            arn,
        },
        Principal::Session {
            account,
            role_id,
            session_name,
            ..
        } => Answer {
            identity_type: "AssumedRoleUser",
            account_id: account,
            principal_id: Cow::Owned([role_id, ":", session_name].concat()),
            user_id: None,
            role_id: Some(role_id),
            arn,
        },
        Principal::Account { account } => root(account),
        Principal::Anonymous | Principal::Service { .. } | Principal::Federated { .. } => {
            root(DEFAULT_ACCOUNT)
        }
    }
}

fn root(account: &str) -> Answer<'_> {
    Answer {
        identity_type: "Account",
        account_id: account,
        principal_id: Cow::Borrowed(account),
        user_id: None,
        role_id: None,
        arn: format!("acs:ram::{account}:root"),
    }
}

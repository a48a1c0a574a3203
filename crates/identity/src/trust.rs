//! Trust policies: who may assume a role (spec/identity.md §2.5).

use gateway::Fault;
use policy::{Attached, Document, Grammar, PolicyType, Trusted};

use crate::rows::{self, Change};
use crate::{accounts, fault};

/// The action that every trust policy speaks about, whoever assumes the role.
pub const ASSUME_ROLE: &str = "sts:AssumeRole";

/// A trust policy that allows one service to assume the role.
pub fn of_service(service: &str) -> String {
    let principal = serde_json::json!({ "Service": [service] });
    let statement =
        serde_json::json!({ "Action": ASSUME_ROLE, "Effect": "Allow", "Principal": principal });
    serde_json::json!({ "Statement": [statement], "Version": "1" }).to_string()
}

/// Reads a trust policy.
///
/// # Errors
///
/// `MalformedPolicyDocument`.
pub(crate) fn parse(text: &str) -> Result<Document, Fault> {
    Document::parse(text, Grammar::Trust).map_err(|e| fault::malformed_policy(&e))
}

/// A role's trust policy, ready for decisions.
pub(crate) fn attached(role_name: &str, text: &str) -> Result<Attached, Fault> {
    let document = Document::parse(text, Grammar::Trust).map_err(Fault::internal)?;
    Ok(Attached::new(role_name, PolicyType::Trust, document))
}

/// The users and roles that a trust policy names must exist. Those of accounts that this cloud does not have are
/// taken on trust, and so is `root` of any account.
pub(crate) async fn check_principals(
    change: &mut Change<'_>,
    document: &Document,
) -> Result<(), Fault> {
    let trusted = document.statements().iter().flat_map(|s| s.trusted());
    for principal in trusted {
        let (account, row) = match principal {
            Trusted::User { account, name } => (account, rows::user_name(account, name)),
            Trusted::Role { account, name } => (account, rows::role_name(account, name)),
            Trusted::Account { .. } | Trusted::Service { .. } | Trusted::Federated { .. } => {
                continue;
            }
        };
        let ours: Option<accounts::Account> =
            rows::get(change.view(), &rows::account(account)).await?;
        if ours.is_some() && !change.exists(&row).await? {
            return Err(fault::unknown_principal(&principal.to_string()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_trust_is_a_trust_policy() {
        let document = parse(&of_service("fc.aliyuncs.com")).unwrap();
        let trusted = document.statements()[0].trusted();
        assert!(matches!(&trusted[0], Trusted::Service { name } if &**name == "fc.aliyuncs.com"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let fault = parse(r#"{"Version":"1"}"#).unwrap_err();
        assert_eq!(fault.code(), "MalformedPolicyDocument");
        assert!(fault.text().contains("Statement"), "{}", fault.text());
    }
}

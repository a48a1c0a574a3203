//! The policy of an access key: from which networks it may be used.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-setaccesskeypolicy>

use std::net::IpAddr;

use gateway::Fault;
use ipnet::IpNet;
use serde::Deserialize;

use super::{Owner, need};
use crate::{Identity, fault, rows};

/// The most statements of a policy and the most addresses in all of them (`ConditionsPerAKPolicyQuota` and
/// `IPItemsPerAKPolicyQuota` of GetAccountSummary).
pub const MOST_STATEMENTS: usize = 8;
/// See [`MOST_STATEMENTS`].
pub const MOST_ADDRESSES: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Document {
    version: Option<u32>,
    status: Status,
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Status {
    Active,
    Inactive,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Statement {
    r#type: Kind,
    value: Option<String>,
    #[serde(default, rename = "IPList")]
    addresses: Vec<Address>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Kind {
    /// Addresses of the internet.
    #[serde(rename = "ClassicWhiteList")]
    Classic,
    /// A VPC, or `AllowAllVPC`, and addresses in it.
    #[serde(rename = "VPCWhiteList")]
    Vpc,
}

/// An address, or a network.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Address(IpNet);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        let net = text.parse().or_else(|_| address());
        net.map(Self).map_err(|e| format!("`{text}`: {e}"))
    }
}

impl Document {
    fn parse(text: &str) -> Result<Self, Fault> {
        let document: Option<Self> = serde_json::from_str(text).ok();
        let document = document.filter(Self::is_sound);
        document.ok_or_else(|| fault::incorrect("AccessKeyPolicy"))
    }

    fn is_sound(&self) -> bool {
        let addresses: usize = self.statements.iter().map(|s| s.addresses.len()).sum();
        matches!(self.version, None | Some(1))
            && self.statements.len() <= MOST_STATEMENTS
            && addresses <= MOST_ADDRESSES
            && self.statements.iter().all(Statement::is_sound)
    }

    /// One that is switched off and says nothing is as good as none.
    fn is_none(&self) -> bool {
        self.status == Status::Inactive && self.statements.is_empty()
    }
}

impl Statement {
    fn is_sound(&self) -> bool {
        let value = self.value.as_deref().unwrap_or_default();
        match self.r#type {
            Kind::Classic => value.is_empty() && !self.addresses.is_empty(),
            Kind::Vpc => value == "AllowAllVPC" || value.starts_with("vpc-"),
        }
    }
}

/// The networks that a policy opens; `None` if it is switched off. No request comes out of a VPC here, so none is
/// opened by a statement about one.
pub(super) fn of(policy: &str) -> Result<Option<Vec<IpNet>>, Fault> {
    let document = Document::parse(policy)?;
    if document.status == Status::Inactive {
        return Ok(None);
    }
    let classic = document
        .statements
        .iter()
        .filter(|s| s.r#type == Kind::Classic);
    let addresses = classic.flat_map(|statement| &statement.addresses);
    Ok(Some(addresses.map(|address| address.0).collect()))
}

impl Identity {
    /// Says from where a key may be used.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.AccessKey`, `InvalidParameter.AccessKeyPolicy`.
    pub async fn set_key_policy(
        &self,
        account: &str,
        owner: &Owner,
        id: &str,
        policy: &str,
    ) -> Result<(), Fault> {
        let document = Document::parse(policy)?;
        loop {
            let mut change = self.begin().await?;
            let mut key = need(&mut change, account, owner, id).await?;
            key.policy = (!document.is_none()).then(|| policy.to_owned());
            change.put(&rows::key(id), &key)?;
            if change.commit().await? {
                return Ok(());
            }
        }
    }

    /// The policy of a key, as it was set.
    ///
    /// # Errors
    ///
    /// `EntityNotExist.User`, `EntityNotExist.User.AccessKey`, `EntityNotExist.AccessKeyPolicy`.
    pub async fn key_policy(
        &self,
        account: &str,
        owner: &Owner,
        id: &str,
    ) -> Result<String, Fault> {
        let key = self.key_of(account, owner, id).await?;
        key.policy.ok_or_else(fault::no_key_policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(text: &str) -> Option<Vec<String>> {
        let of = of(text).unwrap();
        of.map(|networks| networks.iter().map(IpNet::to_string).collect())
    }

    #[test]
    fn a_policy_opens_networks() {
        let policy = r#"{"Version":1,"Status":"Active","Statements":[
            {"Type":"ClassicWhiteList","IPList":["203.0.113.1","2001:db8::/32"]},
            {"Type":"VPCWhiteList","Value":"vpc-bp1","IPList":["172.16.0.0/16"]}]}"#;
        let opened = ["203.0.113.1/32".to_owned(), "2001:db8::/32".to_owned()];
        assert_eq!(networks(policy), Some(opened.to_vec()));
        assert_eq!(networks(&policy.replace("Active", "Inactive")), None);
        assert_eq!(
            networks(r#"{"Status":"Active","Statements":[]}"#),
            Some(vec![])
        );
    }

    #[test]
    fn what_is_no_policy() {
        let classic = r#"{"Type":"ClassicWhiteList","IPList":["10.0.0.1"]}"#;
        let policy =
            |statements: &str| format!(r#"{{"Status":"Active","Statements":[{statements}]}}"#);
        assert!(Document::parse(&policy(&[classic; MOST_STATEMENTS].join(","))).is_ok());
        let many = vec![r#""10.0.0.1""#; MOST_ADDRESSES + 1].join(",");
        for wrong in [
            "",
            "{}",
            "[]",
            r#"{"Status":"Active","Statements":null}"#,
            r#"{"Status":"On","Statements":[]}"#,
            r#"{"Version":2,"Status":"Active","Statements":[]}"#,
            r#"{"Status":"Active","Statements":[],"Sid":"x"}"#,
            &policy(&[classic; MOST_STATEMENTS + 1].join(",")),
            &policy(&classic.replace(r#""10.0.0.1""#, &many)),
            &policy(&classic.replace("10.0.0.1", "here")),
            &policy(r#"{"Type":"ClassicWhiteList","IPList":[]}"#),
            &policy(r#"{"Type":"ClassicWhiteList","Value":"vpc-1","IPList":["10.0.0.1"]}"#),
            &policy(r#"{"Type":"VPCWhiteList","IPList":["10.0.0.1"]}"#),
            &policy(r#"{"Type":"Other","IPList":["10.0.0.1"]}"#),
        ] {
            let fault = Document::parse(wrong).unwrap_err();
            assert_eq!(fault.code(), "InvalidParameter.AccessKeyPolicy", "{wrong}");
        }
    }
}

//! The policies that Alibaba Cloud makes: the same in every account (spec/identity.md §3.5).
//!
//! What is attached by this name must exist by this name, so the list is generous. Documents that the digest found
//! in an official page are kept as they were there; the others follow the pattern of their kind, `<service>:*` for
//! full and `Get*`, `List*`, `Describe*` … for read-only access.

mod table;

use std::sync::LazyLock;

use policy::{Attached, Document, Grammar, PolicyType};

use crate::policies::{Policy, Version};

/// A policy of the system.
#[derive(Debug, Clone, Copy)]
pub struct SystemPolicy {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
    /// The number of its version; older ones are not kept.
    pub version: u32,
    /// When that version was made, `YYYY-MM-DDThh:mm:ssZ`.
    pub updated: &'static str,
    /// The text.
    pub document: &'static str,
}

/// Compiled once, in the order of the table.
static COMPILED: LazyLock<Vec<Option<Attached>>> = LazyLock::new(|| {
    let compile = |policy: &SystemPolicy| {
        let document = Document::parse(policy.document, Grammar::Identity).ok()?;
        Some(Attached::new(policy.name, PolicyType::System, document))
    };
    table::ALL.iter().map(compile).collect()
});

/// Every policy of the system, in order of the names.
pub fn all() -> &'static [SystemPolicy] {
    table::ALL
}

/// The policy of this name.
pub fn find(name: &str) -> Option<&'static SystemPolicy> {
    let at = table::ALL.binary_search_by_key(&name, |p| p.name).ok()?;
    table::ALL.get(at)
}

impl SystemPolicy {
    /// In the shape of a policy of an account.
    pub fn to_policy(&self) -> Policy {
        Policy {
            tags: Vec::new(),
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            default: self.version,
            last: self.version,
            versions: vec![Version {
                number: self.version,
                document: self.document.to_owned(),
                created: self.updated.to_owned(),
            }],
            created: self.updated.to_owned(),
            updated: self.updated.to_owned(),
        }
    }

    /// Compiled.
    pub(crate) fn attached(&self) -> Option<Attached> {
        let at = table::ALL
            .binary_search_by_key(&self.name, |p| p.name)
            .ok()?;
        COMPILED.get(at)?.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_document_is_a_policy() {
        assert!(all().is_sorted_by(|a, b| a.name < b.name));
        for policy in all() {
            let parsed = Document::parse(policy.document, Grammar::Identity);
            assert!(parsed.is_ok(), "{}: {:?}", policy.name, parsed.err());
            assert!(policy.attached().is_some());
            assert!(crate::names::POLICY.check(policy.name).is_ok());
            assert!(
                policy
                    .updated
                    .parse::<chrono::DateTime<chrono::Utc>>()
                    .is_ok()
            );
        }
    }

    #[test]
    fn names_that_tools_attach_are_there() {
        for name in [
            "AdministratorAccess",
            "AliyunOSSReadOnlyAccess",
            "AliyunSTSAssumeRoleAccess",
            "AliyunFCDefaultRolePolicy",
            "AliyunECSNetworkInterfaceManagementAccess",
            "AliyunFCServerlessDevsRolePolicy",
        ] {
            assert!(find(name).is_some(), "{name}");
        }
        assert!(find("NoSuchAccess").is_none());
    }
}

//! The policy of a bucket.

use std::sync::Arc;

use gateway::Fault;
use policy::{Attached, Document, Effect, Grammar, ParseError, PolicyType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Setting;
use crate::fault::settings::{invalid_policy, policy_too_large};
use crate::rows::Kind;

/// A policy has fewer bytes than this (<https://help.aliyun.com/zh/oss/user-guide/0030-00000001>).
pub(crate) const LONGEST_POLICY: usize = 16 << 10;

/// The most bytes of one element of a statement (<https://help.aliyun.com/zh/oss/user-guide/0030-00000003>).
const LONGEST_ELEMENT: usize = 4095;

/// A bucket's policy: the text as it was put, and ready for decisions. Its row holds the text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct BucketPolicy {
    text: String,
    document: Arc<Document>,
    name: Arc<str>,
}

impl Setting for BucketPolicy {
    const KIND: Kind = Kind::Policy;
}

impl TryFrom<String> for BucketPolicy {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        let document = Document::parse(&text, Grammar::Bucket)?.into();
        Ok(Self {
            text,
            document,
            name: "bucket policy".into(),
        })
    }
}

impl From<BucketPolicy> for String {
    fn from(policy: BucketPolicy) -> Self {
        policy.text
    }
}

impl PartialEq for BucketPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for BucketPolicy {}

impl BucketPolicy {
    /// Takes a policy as a client sent it.
    ///
    /// Errors: `InvalidPolicyDocument`, with the EC of the mistake.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Fault> {
        if body.len() >= LONGEST_POLICY {
            return Err(policy_too_large());
        }
        let text = std::str::from_utf8(body)
            .map_err(|_| invalid_policy("The policy is not UTF-8.", "0030-00000004"))?;
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        let policy = Self::try_from(text.to_owned()).map_err(|error| {
            let other_version = error.at() == "Version" && json["Version"].is_string();
            let ec = if other_version {
                "0030-00000002"
            } else {
                "0030-00000005"
            };
            invalid_policy(error.to_string(), ec)
        })?;
        check_elements(&json)?;
        Ok(policy)
    }

    /// The text as it was put, byte for byte.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As a layer of decisions.
    pub(crate) fn attached(&self) -> Attached {
        Attached::new(self.name.clone(), PolicyType::Bucket, self.document.clone())
    }

    /// Whether it gives something to everybody: a statement that allows, names `*` (or leaves just some out), and
    /// has no condition that could narrow it.
    pub(crate) fn is_public(&self) -> bool {
        let open = |statement: &policy::Statement| {
            let everybody = statement.principals().iter().any(|name| name == "*");
            statement.effect() == Effect::Allow
                && statement.conditions().is_empty()
                && everybody != statement.is_not_principal()
        };
        self.document.statements().iter().any(open)
    }
}

/// What the grammar of policies leaves open and OSS does not: how long an element may be, and that wildcards do not
/// follow each other.
fn check_elements(policy: &Value) -> Result<(), Fault> {
    let statements = policy["Statement"].as_array();
    let elements = statements
        .into_iter()
        .flatten()
        .filter_map(Value::as_object);
    for (name, element) in elements.flatten() {
        if element.to_string().len() > LONGEST_ELEMENT {
            let message = format!("{name} has more than {LONGEST_ELEMENT} bytes.");
            return Err(invalid_policy(message, "0030-00000003"));
        }
        if has_double_wildcard(element) {
            let message = format!("{name} has consecutive wildcards.");
            return Err(invalid_policy(message, "0030-00000007"));
        }
    }
    Ok(())
}

fn has_double_wildcard(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("**"),
        Value::Array(values) => values.iter().any(has_double_wildcard),
        Value::Object(members) => members.values().any(has_double_wildcard),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ec(statement: &str) -> Option<&'static str> {
        let text = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
        BucketPolicy::read(text.as_bytes()).err()?.ec_code()
    }

    fn statement(resource: &str, more: &str) -> String {
        format!(
            r#"{{"Effect":"Allow","Principal":["*"],"Action":"oss:GetObject","Resource":"{resource}"{more}}}"#
        )
    }

    #[test]
    fn each_mistake_has_its_code() {
        let good = statement("acs:oss:*:1:b/*", "");
        assert_eq!(ec(&good), None);
        assert_eq!(
            ec(&statement("acs:oss:*:1:b/**", "")),
            Some("0030-00000007")
        );
        let long = format!("acs:oss:*:1:b/{}", "x".repeat(4100));
        assert_eq!(ec(&statement(&long, "")), Some("0030-00000003"));
        assert_eq!(ec(""), Some("0030-00000005"));
        let double = r#","Condition":{"StringLike":{"acs:SourceVpc":["vpc-**"]}}"#;
        assert_eq!(ec(&statement("*", double)), Some("0030-00000007"));
        for (body, ec) in [
            (&b"\xFF"[..], "0030-00000004"),
            (br#"{"Version":"2","Statement":[]}"#, "0030-00000002"),
            (br#"{"Version":1,"Statement":[]}"#, "0030-00000005"),
            (b"", "0030-00000005"),
            (&[b' '; LONGEST_POLICY], "0030-00000001"),
        ] {
            let fault = BucketPolicy::read(body).unwrap_err();
            assert_eq!(fault.ec_code(), Some(ec));
        }
    }

    #[test]
    fn who_is_everybody() {
        let public = |statement: &str| {
            let text = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
            BucketPolicy::read(text.as_bytes()).unwrap().is_public()
        };
        let open = statement("*", "");
        assert!(public(&open));
        assert!(public(&open.replace(r#"["*"]"#, "[]")));
        assert!(!public(&open.replace("Allow", "Deny")));
        assert!(!public(&open.replace(r#"["*"]"#, r#"["1"]"#)));
        assert!(public(
            &open.replace(r#""Principal":["*"]"#, r#""NotPrincipal":["1"]"#)
        ));
        let secure = r#","Condition":{"Bool":{"acs:SecureTransport":"true"}}"#;
        assert!(!public(&statement("*", secure)));
    }

    #[test]
    fn a_row_brings_back_the_text() {
        let text = r#" {"Version":"1","Statement":[{"Effect":"Deny","NotPrincipal":["1"],"Action":"*","Resource":"*"}]} "#;
        let policy = BucketPolicy::read(text.as_bytes()).unwrap();
        let row = crate::rows::encode(&policy).unwrap();
        let back: BucketPolicy = crate::rows::decode(&row).unwrap();
        assert_eq!(back.text(), text);
        let broken = crate::rows::encode(&"{}".to_owned()).unwrap();
        assert!(crate::rows::decode::<BucketPolicy>(&broken).is_err());
    }
}

//! The operations that nobody signs: who may call them is a matter of the role's trust policy and of the proof that a
//! call brings. The proofs were made by providers whose keys were thrown away.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{IMS, RAM, STS};
use crate::requests::TestCloud;

/// Such an operation.
pub(super) struct Unsigned {
    pub(super) op: &'static str,
    /// The parameter with the provider's ARN.
    by: &'static str,
    provider: &'static str,
    /// The parameter with the proof.
    proof: &'static str,
    /// A condition that it meets, and one that it does not.
    conditions: [(&'static str, &'static str); 2],
}

pub(super) const UNSIGNED: [Unsigned; 2] = [
    Unsigned {
        op: "AssumeRoleWithOIDC",
        by: "OIDCProviderArn",
        provider: "acs:ram::1234567890123456:oidc-provider/idp",
        proof: "OIDCToken",
        conditions: [
            ("oidc:sub", "system:serviceaccount:ns:sa"),
            ("oidc:sub", "system:serviceaccount:ns:other"),
        ],
    },
    Unsigned {
        op: "AssumeRoleWithSAML",
        by: "SAMLProviderArn",
        provider: "acs:ram::1234567890123456:saml-provider/company",
        proof: "SAMLAssertion",
        conditions: [
            ("saml:recipient", "https://signin.aliyun.com/saml-role/sso"),
            (
                "saml:recipient",
                "https://signin.alibabacloud.com/saml-role/sso",
            ),
        ],
    },
];

const ISSUER: &str = "https://idp.example.com/one";
const KEYS: &str = include_str!("../../../../identity/tests/data/oidc-keys.json");
const TOKEN: &str = include_str!("../../../../identity/tests/data/oidc-token.txt");
const METADATA: &str = include_str!("../../../../identity/tests/data/saml-metadata.xml");
const RESPONSE: &str = include_str!("../../../../identity/tests/data/saml-response.xml");
/// The time at which the proofs are good.
const AT: &str = "2026-01-01T00:00:00Z";

/// What is different in each column: the trust policy, or the proof.
const SCENES: &[(&str, &str)] = &[
    ("trusted", "the role trusts the provider"),
    ("fitting", "it does on a condition that the proof meets"),
    (
        "unfitting",
        "it does on a condition that the proof does not meet",
    ),
    (
        "denied",
        "it does, and denies the same in a second statement",
    ),
    ("stranger", "it trusts another provider"),
    (
        "spoilt",
        "it trusts the provider, but the proof was changed",
    ),
];

impl Unsigned {
    fn trust(&self, scene: &str) -> String {
        let other = format!("{}-of-somebody", self.provider);
        let provider = if scene == "stranger" {
            &other
        } else {
            self.provider
        };
        let statement = |effect: &str| json!({"Effect": effect, "Action": "sts:AssumeRole", "Principal": {"Federated": [provider]}});
        let mut allow = statement("Allow");
        let [met, unmet] = self.conditions;
        let condition = match scene {
            "fitting" => Some(met),
            "unfitting" => Some(unmet),
            _ => None,
        };
        if let Some((key, value)) = condition {
            allow["Condition"] = json!({"StringEquals": {key: value}});
        }
        let mut statements = vec![allow];
        statements.extend((scene == "denied").then(|| statement("Deny")));
        json!({"Version": "1", "Statement": statements}).to_string()
    }

    fn proof(&self, scene: &str) -> String {
        let whole = match self.proof {
            "OIDCToken" => TOKEN.to_owned(),
            _ => RESPONSE.to_owned(),
        };
        let whole = match (scene, self.proof) {
            ("spoilt", "OIDCToken") => {
                let at = whole.rfind('.').expect("a token has parts") + 5;
                let other = if whole[at..].starts_with('A') {
                    "B"
                } else {
                    "A"
                };
                format!("{}{other}{}", &whole[..at], &whole[at + 1..])
            }
            ("spoilt", _) => whole.replace("anna@example.com", "mallory@example.com"),
            _ => whole,
        };
        match self.proof {
            "OIDCToken" => whole,
            _ => STANDARD.encode(whole),
        }
    }

    async fn cell(&self, scene: &str) -> bool {
        let cloud = cloud().await;
        let role = [
            ("RoleName", "sso"),
            ("AssumeRolePolicyDocument", &self.trust(scene)),
        ];
        cloud.must(RAM, "CreateRole", &role).await;
        let proof = self.proof(scene);
        let params = [
            (self.by, self.provider),
            ("RoleArn", "acs:ram::1234567890123456:role/sso"),
            ("RoleSessionName", "matrix"),
            (self.proof, proof.as_str()),
        ];
        let response = cloud.rpc(STS, self.op, &params, None).await;
        match response.status().as_u16() {
            200 => true,
            401 => false,
            other => panic!("{} answers {other} to: {scene}", self.op),
        }
    }
}

/// A cloud with both providers.
async fn cloud() -> TestCloud {
    let cloud = TestCloud::at(AT).await;
    cloud.tell_keys(ISSUER, KEYS).await;
    make_provider_of_tokens(&cloud, "idp").await;
    make_provider_of_assertions(&cloud, "company").await;
    cloud
}

/// A provider of OIDC.
pub(super) async fn make_provider_of_tokens(cloud: &TestCloud, name: &str) {
    let provider = [
        ("OIDCProviderName", name),
        ("IssuerUrl", ISSUER),
        ("ClientIds", "sts.aliyuncs.com"),
    ];
    cloud.must(IMS, "CreateOIDCProvider", &provider).await;
}

/// A provider of SAML.
pub(super) async fn make_provider_of_assertions(cloud: &TestCloud, name: &str) {
    let metadata = STANDARD.encode(METADATA);
    let provider = [
        ("SAMLProviderName", name),
        ("EncodedSAMLMetadataDocument", metadata.as_str()),
    ];
    cloud.must(IMS, "CreateSAMLProvider", &provider).await;
}

/// The page's part about them.
pub(super) async fn section() -> String {
    let mut page = "\n## Without a signature\n\nThese operations take a proof of somebody else instead. They need no \
                    permission but the trust of the role, whose policy decides alone.\n\n"
        .to_owned();
    for (name, what) in SCENES {
        writeln!(page, "* **{name}**: {what}").expect("a String takes it");
    }
    let names: Vec<_> = SCENES.iter().map(|(name, _)| *name).collect();
    writeln!(page, "\n| Operation | {} |", names.join(" | ")).expect("a String takes it");
    writeln!(page, "|---|{}", "---|".repeat(names.len())).expect("a String takes it");
    for unsigned in &UNSIGNED {
        let mut marks = Vec::new();
        for name in &names {
            let allowed = unsigned.cell(name).await;
            let meant = ["trusted", "fitting"].contains(name);
            assert_eq!(allowed, meant, "{}: {name}", unsigned.op);
            marks.push(if allowed { "✔" } else { "✘" });
        }
        writeln!(page, "| {} | {} |", unsigned.op, marks.join(" | ")).expect("a String takes it");
    }
    page
}

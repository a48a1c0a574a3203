//! Forms of PostObject.
//!
//! The signatures were taken from ali-oss 6.23.0 (`calculatePostSignature`, `signPostObjectPolicyV4`) with the key `id`,
//! the secret `secret`, the region `cn-hangzhou` and the day 2022-12-20.

use signature::{Malformed, Placement, Query, Reading, Scheme, Secret, Timing, oss_post};

use crate::sample::{ALL_OSS, Sample};

/// `{"expiration":"2022-12-20T09:00:00Z","conditions":[{"bucket":"b"}]}`
const POLICY: &str =
    "eyJleHBpcmF0aW9uIjoiMjAyMi0xMi0yMFQwOTowMDowMFoiLCJjb25kaXRpb25zIjpbeyJidWNrZXQiOiJiIn1dfQ==";
const SIGNED_V1: &str = "N7A8b46fzrSQOApSKk3WFrw0BnE=";
const SIGNED_V4: &str = "781537f782c61e24aa00cd8a1fb9ec23edb8352c78ae0e2a853a5af93cea7c3e";
const CREDENTIAL: &str = "id/20221220/cn-hangzhou/oss/aliyun_v4_request";
const V4: &str = "OSS4-HMAC-SHA256";

fn form(fields: &[(&str, &str)]) -> Sample {
    let form = Query::from_pairs(fields.iter().copied());
    Sample {
        form: Some(form),
        ..Sample::new("POST", "/")
    }
}

fn v1() -> Vec<(&'static str, &'static str)> {
    vec![
        ("key", "k"),
        ("OSSAccessKeyId", "id"),
        ("policy", POLICY),
        ("Signature", SIGNED_V1),
    ]
}

fn v4() -> Vec<(&'static str, &'static str)> {
    vec![
        ("policy", POLICY),
        ("x-oss-signature-version", V4),
        ("x-oss-credential", CREDENTIAL),
        ("x-oss-date", "20221220T084818Z"),
        ("x-oss-signature", SIGNED_V4),
    ]
}

const SCHEMES: [Scheme; 2] = [Scheme::OssPost, Scheme::OssV1];

fn verified(sample: &Sample) -> bool {
    let claim = sample.claim(&SCHEMES);
    assert_eq!(
        (claim.scheme, claim.placement),
        (Scheme::OssPost, Placement::Form)
    );
    assert_eq!(
        (&*claim.access_key_id, claim.timing),
        ("id", Timing::Unbounded)
    );
    claim
        .verify(&Secret::new("secret"), &sample.signable())
        .is_ok()
}

/// The fields with one of them changed.
fn with<'a>(fields: &[(&'a str, &'a str)], name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let change =
        |&(known, old): &(&'a str, &'a str)| (known, if known == name { value } else { old });
    fields.iter().map(change).collect()
}

fn without<'a>(fields: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    let others = fields.iter().filter(|(known, _)| *known != name);
    others.copied().collect()
}

#[test]
fn forms_of_ali_oss() {
    assert!(verified(&form(&v1())));
    assert!(verified(&form(&v4())));
    for (name, value) in [("policy", "e30="), ("Signature", "AAAA")] {
        assert!(!verified(&form(&with(&v1(), name, value))), "{name}");
    }
    let other_day = "id/20221220/cn-beijing/oss/aliyun_v4_request";
    for (name, value) in [
        ("policy", "e30="),
        ("x-oss-signature", "0"),
        ("x-oss-credential", other_day),
    ] {
        assert!(!verified(&form(&with(&v4(), name, value))), "{name}");
    }
}

#[test]
fn version_2_is_sha256_with_the_bare_secret() {
    let signature = oss_post::sign_v2(POLICY, &Secret::new("secret"));
    let fields = [
        ("policy", POLICY),
        ("x-oss-signature-version", "OSS2"),
        ("x-oss-access-key-id", "id"),
        ("x-oss-signature", signature.as_str()),
        ("x-oss-security-token", "t"),
    ];
    let sample = form(&fields);
    assert!(verified(&sample));
    assert_eq!(sample.claim(&SCHEMES).security_token.as_deref(), Some("t"));
}

#[test]
fn names_are_compared_without_regard_to_case_and_the_first_counts() {
    let mut fields: Vec<(String, &str)> = v1()
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    fields.push(("Policy".to_owned(), "e30="));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    assert!(verified(&form(&fields)));
    let query = Query::from_pairs(fields);
    assert_eq!(oss_post::field(&query, "POLICY"), Some(POLICY));
}

#[test]
fn a_form_is_signed_wholly_or_not_at_all() {
    let plain = form(&[("key", "k"), ("x-oss-meta-a", "1")]);
    assert!(matches!(plain.read(&SCHEMES), Reading::NotMine));
    for name in ["OSSAccessKeyId", "policy", "Signature"] {
        let missing = form(&without(&v1(), name)).fault(&SCHEMES);
        assert_eq!(missing, Malformed::MissingFormField { name });
        let empty = form(&with(&v1(), name, "")).fault(&SCHEMES);
        assert_eq!(empty, Malformed::EmptyFormField { name });
    }
    for name in [
        "policy",
        "x-oss-credential",
        "x-oss-date",
        "x-oss-signature",
    ] {
        let missing = form(&without(&v4(), name)).fault(&SCHEMES);
        assert_eq!(missing, Malformed::MissingFormField { name });
    }
    let fault = |name, value| form(&with(&v4(), name, value)).fault(&SCHEMES);
    let value = "20221221T084818Z";
    assert!(matches!(
        fault("x-oss-date", value),
        Malformed::CredentialDateMismatch { .. }
    ));
    assert!(matches!(
        fault("x-oss-date", "now"),
        Malformed::BadDate { .. }
    ));
    assert!(matches!(
        fault("x-oss-credential", "id"),
        Malformed::CredentialSyntax { .. }
    ));
    let value = "OSS9".to_owned();
    let version = fault("x-oss-signature-version", "OSS9");
    assert_eq!(version, Malformed::UnsupportedSignatureVersion { value });
}

#[test]
fn header_and_url_do_not_count_beside_a_form() {
    let beside = form(&v1()).header("authorization", "OSS other:x");
    assert!(verified(&beside));
    let unsigned = form(&[("key", "k")]).header("authorization", "Bearer x");
    assert!(matches!(unsigned.read(&SCHEMES), Reading::NotMine));
    assert!(form(&v1()).is_unsigned(ALL_OSS));
}

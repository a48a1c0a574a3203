//! Providers of SAML, and roles assumed with their responses.
//!
//! The response in `tests/data` was made by a provider whose key was thrown away, and signed by a library for XML
//! signatures (signxml), both the assertion and the whole. `tests/python/test_saml.py` has many more.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::{AuthMode, Directory};
use identity::Limits;
use identity::saml::{Metadata, Response};
use proptest::prelude::*;

use crate::cloud::{Answer, Cloud, Key, policy};

const METADATA: &str = include_str!("../data/saml-metadata.xml");
const RESPONSE: &str = include_str!("../data/saml-response.xml");
const PROVIDER: &str = "acs:ram::1234567890123456:saml-provider/company";
const ROLE: &str = "acs:ram::1234567890123456:role/sso";

fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

fn trusting(recipient: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"Federated":["{PROVIDER}"]}},"Condition":{{"StringEquals":{{"saml:recipient":"{recipient}"}}}}}}]}}"#
    )
}

const RECIPIENT: &str = "https://signin.aliyun.com/saml-role/sso";

async fn provider(cloud: &Cloud, metadata: &str) -> Answer {
    let params = [
        ("SAMLProviderName", "company"),
        ("EncodedSAMLMetadataDocument", &encoded(metadata)),
    ];
    cloud
        .ims(&Key::admin(), "CreateSAMLProvider", &params)
        .await
}

/// A cloud with the provider, and a role that trusts it.
async fn scene(cloud: Cloud) -> Cloud {
    provider(&cloud, METADATA).await.ok();
    let allowed = policy("Allow", "ram:ListUsers", "*");
    cloud
        .role("Sso", &trusting(RECIPIENT), Some(&allowed))
        .await;
    cloud
}

async fn assume(cloud: &Cloud, response: &str, more: &[(&str, &str)]) -> Answer {
    let response = encoded(response);
    let mut params = vec![
        ("SAMLProviderArn", PROVIDER),
        ("RoleArn", ROLE),
        ("SAMLAssertion", &response),
    ];
    params.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    params.extend(more);
    cloud.unsigned("AssumeRoleWithSAML", &params).await
}

#[tokio::test]
async fn a_response_opens_a_role_and_its_session_knows_the_provider() {
    let cloud = scene(Cloud::new().await).await;
    let answer = assume(&cloud, RESPONSE, &[]).await.ok();
    assert_eq!(
        answer.text("/AssumedRoleUser/Arn"),
        "acs:ram::1234567890123456:assumed-role/sso/anna@example.com"
    );
    assert_eq!(
        answer.text("/Credentials/Expiration"),
        "2026-01-01T01:00:00Z"
    );
    assert_eq!(answer.text("/SAMLAssertionInfo/Subject"), "anna");
    let session = Key::of(&answer);
    cloud.ram(&session, "ListUsers", &[]).await.ok();
    let refusal = cloud.ram(&session, "ListRoles", &[]).await;
    refusal.refused(403, "NoPermission");
    let known = cloud
        .identity
        .credential(
            &session.id,
            session.token.as_deref(),
            &cloud.gateway.clock.now(),
        )
        .await
        .unwrap();
    let session = known.caller.session.as_ref().unwrap();
    assert_eq!(session.chain.len(), 1);
    assert_eq!(session.chain[0].principal, PROVIDER);
}

#[tokio::test]
async fn an_assertion_ends_where_it_says() {
    let cloud = scene(Cloud::new().await).await;
    cloud.gateway.clock.advance(chrono::TimeDelta::seconds(599));
    assume(&cloud, RESPONSE, &[]).await.ok();
    cloud.gateway.clock.advance(chrono::TimeDelta::seconds(1));
    let refusal = assume(&cloud, RESPONSE, &[]).await;
    refusal.refused(401, "AuthenticationFail.SAMLAssertion.Expired");
}

#[tokio::test]
async fn without_checks_nobody_looks_at_the_signature() {
    let broken = RESPONSE.replace(
        "<saml:NameID Format=\"urn:oasis",
        "<saml:NameID  Format=\"x:oasis",
    );
    let cloud = scene(Cloud::new().await).await;
    let refusal = assume(&cloud, &broken, &[]).await;
    refusal.refused(401, "AuthenticationFail.SAMLAssertion.Invalid");
    let open = scene(Cloud::with(Limits::default(), AuthMode::Off).await).await;
    assume(&open, &broken, &[]).await.ok();
}

#[tokio::test]
async fn the_trust_policy_decides() {
    let cloud = Cloud::new().await;
    provider(&cloud, METADATA).await.ok();
    cloud
        .role(
            "sso",
            &trusting("https://signin.alibabacloud.com/saml-role/sso"),
            None,
        )
        .await;
    let refusal = assume(&cloud, RESPONSE, &[]).await;
    refusal.refused(401, "AuthenticationFail.NoPermission");
    let refusal = assume(
        &cloud,
        RESPONSE,
        &[("RoleArn", "acs:ram::1234567890123456:role/third")],
    )
    .await;
    refusal.refused(401, "AuthenticationFail.SAMLAssertion.Invalid");
    let refusal = assume(
        &cloud,
        RESPONSE,
        &[("RoleArn", "acs:ram::1234567890123456:role/other")],
    )
    .await;
    refusal.refused(404, "EntityNotExist.RoleArn");
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_providers() {
    let limits = Limits {
        saml_providers: 1,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    for (name, code) in [("a", None), ("b", Some("LimitExceeded.SAMLProvider"))] {
        let document = encoded(METADATA);
        let params = [
            ("SAMLProviderName", name),
            ("EncodedSAMLMetadataDocument", document.as_str()),
        ];
        let answer = cloud
            .ims(&Key::admin(), "CreateSAMLProvider", &params)
            .await;
        match code {
            None => drop(answer.ok()),
            Some(code) => answer.refused(409, code),
        }
    }
    let params = [("SAMLProviderName", "a")];
    cloud
        .ims(&Key::admin(), "DeleteSAMLProvider", &params)
        .await
        .ok();
    provider(&cloud, METADATA).await.ok();
}

/// What a response says, if it proves that.
fn proven(response: &str) -> Option<identity::saml::Assertion> {
    let metadata = Metadata::read(&encoded(METADATA)).unwrap();
    let response = Response::read(&encoded(response))?;
    response
        .is_signed_by(&metadata)
        .then_some(response.assertion)
}

/// The response without the signature of the whole, so that only the assertion is proven.
fn half_signed() -> String {
    let from = RESPONSE.find("<ds:Signature").unwrap();
    let to = RESPONSE.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    format!("{}{}", &RESPONSE[..from], &RESPONSE[to..])
}

#[test]
fn the_signatures_hold() {
    assert!(proven(RESPONSE).is_some());
    assert_eq!(proven(&half_signed()), proven(RESPONSE));
    // What stands outside of the assertion says nothing.
    let elsewhere = half_signed().replacen("signin.aliyun.com", "signin.example.com", 1);
    assert_eq!(proven(&elsewhere), proven(RESPONSE));
    let elsewhere = RESPONSE.replacen("signin.aliyun.com", "signin.example.com", 1);
    assert_eq!(
        proven(&elsewhere),
        None,
        "a signature that is there must hold"
    );
}

#[test]
fn every_word_of_the_assertion_is_covered() {
    let start = RESPONSE.find("<saml:Assertion").unwrap();
    for (at, _) in RESPONSE[start..]
        .match_indices(|c: char| c.is_ascii_alphanumeric())
        .step_by(7)
    {
        let mut bytes = RESPONSE.as_bytes().to_vec();
        bytes[start + at] = if bytes[start + at] == b'q' {
            b'z'
        } else {
            b'q'
        };
        let changed = String::from_utf8(bytes).unwrap();
        // The certificate in the signature means nothing to anybody.
        let inside = &RESPONSE[..start + at];
        if inside.rfind("<ds:KeyInfo>") > inside.rfind("</ds:KeyInfo>") {
            continue;
        }
        assert_eq!(
            proven(&changed),
            None,
            "changed at {at}: {}",
            &RESPONSE[start + at..][..20]
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever is done to a response, it proves what it proved before or nothing.
    #[test]
    fn a_changed_response_proves_nothing_new(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, "[ -~]{0,6}|<!--x-->|<a/>|&amp;"), 1..4)
    ) {
        let mut text = half_signed();
        for (at, kind, piece) in changes {
            let at = at.index(text.len());
            match kind {
                0 => text.insert_str(at, &piece),
                1 => drop(text.drain(at..(at + piece.len()).min(text.len()))),
                2 => text.replace_range(at..(at + piece.len()).min(text.len()), &piece),
                _ => {
                    let end = (at + 300).min(text.len());
                    let copy = text[at..end].to_owned();
                    text.insert_str(at, &copy);
                }
            }
        }
        if let Some(assertion) = proven(&text) {
            prop_assert_eq!(Some(assertion), proven(RESPONSE));
        }
    }

    #[test]
    fn strangers_texts_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,200}") {
        for input in [STANDARD.encode(bytes), encoded(&text), text] {
            prop_assert!(Response::read(&input).is_none());
            prop_assert!(Metadata::read(&input).is_none());
        }
    }
}

//! RPC V1: where parameters may stand, and the clients that write a blank as `+`.

use signature::{Placement, Secret, Timing, rpc_v1};

use crate::sample::{RPC, Sample};

const COMMON: &str = "AccessKeyId=id&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=n\
                      &Timestamp=2022-12-20T08%3A48%3A18Z";

fn secret() -> Secret {
    Secret::new("secret")
}

fn accepted(sample: &Sample) -> bool {
    sample
        .claim(RPC)
        .verify(&secret(), &sample.signable())
        .is_ok()
}

fn post(query: &str, form: &str) -> Sample {
    Sample::new("POST", &format!("/?{query}")).form(form)
}

#[test]
fn query_and_form_are_one_set() {
    let query = Sample::new("POST", &format!("/?Action=A&Role=r&{COMMON}"));
    let signature = rpc_v1::sign(&query.signable(), &secret());
    let encoded = signature::encode::component(&signature);
    for (sample, placement) in [
        (
            post(&format!("Action=A&Role=r&{COMMON}&Signature={encoded}"), ""),
            Placement::Query,
        ),
        (
            post("", &format!("Action=A&Role=r&{COMMON}&Signature={encoded}")),
            Placement::Form,
        ),
        (
            post(&format!("Action=A&{COMMON}&Signature={encoded}"), "Role=r"),
            Placement::Query,
        ),
        (
            post("Action=A", &format!("Role=r&{COMMON}&Signature={encoded}")),
            Placement::Form,
        ),
    ] {
        let claim = sample.claim(RPC);
        assert_eq!(
            (claim.placement, claim.nonce.as_deref()),
            (placement, Some("n"))
        );
        assert!(accepted(&sample), "{sample:?}");
    }
    assert!(!accepted(&post(
        &format!("Action=A&{COMMON}&Signature={encoded}"),
        "Role=s"
    )));
    assert!(!accepted(&post(
        &format!("Action=A&Role=r&{COMMON}&Signature={encoded}"),
        "Extra=1"
    )));
}

#[test]
fn an_empty_signature_type_is_signed() {
    let sample = Sample::new("GET", &format!("/?SignatureType=&{COMMON}"));
    let string_to_sign = rpc_v1::string_to_sign(&sample.signable());
    assert!(
        string_to_sign.contains("SignatureNonce%3Dn%26SignatureType%3D%26SignatureVersion"),
        "{string_to_sign}"
    );
    let signed = sample
        .clone()
        .parameter("Signature", &rpc_v1::sign(&sample.signable(), &secret()));
    assert!(accepted(&signed));
}

#[test]
fn a_timestamp_may_have_a_fraction() {
    let target = format!("/?{}&Signature=s", COMMON.replace("18Z", "18.724Z"));
    let Timing::SignedAt(time) = Sample::new("GET", &target).claim(RPC).timing else {
        panic!("no time")
    };
    assert_eq!(time.timestamp_millis(), 1_671_526_098_724);
}

#[test]
fn a_blank_may_be_signed_as_plus() {
    let sample = Sample::new("GET", &format!("/?Policy=a+b%2B*~&{COMMON}"));
    let strict = rpc_v1::string_to_sign(&sample.signable());
    assert!(strict.contains("Policy%3Da%2520b%252B%252A~"), "{strict}");
    let with_plus = strict.replace("a%2520b", "a%2Bb");
    for (string_to_sign, good) in [(strict, true), (with_plus, true), ("x".to_owned(), false)] {
        let signed = sample
            .clone()
            .parameter("Signature", &base64_hmac(&string_to_sign));
        assert_eq!(accepted(&signed), good, "{string_to_sign}");
    }
}

fn base64_hmac(message: &str) -> String {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"secret&").unwrap();
    mac.update(message.as_bytes());
    base64::prelude::BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[test]
fn parameters_are_sorted_by_their_raw_names() {
    let sample = Sample::new("GET", "/?Tag.10.Key=x&Tag.1.Key=y&b=1&B=2&_=3&%E4%B8%AD=4");
    let string_to_sign = rpc_v1::string_to_sign(&sample.signable());
    let expected =
        "GET&%2F&B%3D2%26Tag.1.Key%3Dy%26Tag.10.Key%3Dx%26_%3D3%26b%3D1%26%25E4%25B8%25AD%3D4";
    assert_eq!(string_to_sign, expected);
}

#[test]
fn the_token_is_a_parameter() {
    let sample = Sample::new("GET", &format!("/?{COMMON}&Signature=s&SecurityToken=t"));
    assert_eq!(sample.claim(RPC).security_token.as_deref(), Some("t"));
}

#[test]
fn an_anonymous_action_is_not_signed() {
    let target = "/?Action=AssumeRoleWithOIDC&Format=JSON&Version=2015-04-01&Timestamp=2022-12-20T08:48:18Z&SignatureNonce=n";
    assert!(
        Sample::new("POST", target)
            .form("OIDCToken=t")
            .is_unsigned(RPC)
    );
    let foreign = Sample::new("POST", target).header("authorization", "Bearer x");
    assert!(foreign.is_unsigned(RPC));
}

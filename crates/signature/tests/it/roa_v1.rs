//! ROA V1 as `aliyun-python-sdk-core` signs it.
//!
//! The signatures were taken from `compose_string_to_sign` of its `roa_signature_composer` (2.16.1) and its HMAC-SHA1
//! with the secret `SECRETEXAMPLE`, over the headers and parameters that stand here.

use signature::{Malformed, Reading, Scheme, Secret, Timing, roa_v1};

use crate::sample::{FC, Sample};

fn request(method: &str, target: &str) -> Sample {
    Sample::new(method, target)
        .header("date", "Sun, 22 Nov 2026 10:00:00 GMT")
        .header("accept", "application/json")
        .header("x-acs-signature-method", "HMAC-SHA1")
        .header("x-acs-signature-version", "1.0")
        .header("x-acs-signature-nonce", "n-1")
        .header("x-acs-security-token", "TOKENEXAMPLE")
        .header("x-acs-version", "2021-04-06")
        .header("user-agent", "x")
}

fn invocation() -> Sample {
    let target = "/2021-04-06/services/svc/functions/fn/invocations?qualifier=LATEST&b=x%20y%26z";
    request("POST", target)
        .header("content-type", "application/json")
        .header("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")
}

fn signed(sample: Sample, signature: &str) -> Sample {
    sample.header("authorization", &format!("acs AKIDEXAMPLE:{signature}"))
}

fn verified(sample: &Sample) -> bool {
    let claim = sample.claim(FC);
    assert_eq!(claim.scheme, Scheme::RoaV1);
    claim
        .verify(&Secret::new("SECRETEXAMPLE"), &sample.signable())
        .is_ok()
}

#[test]
fn requests_of_the_core_sdk() {
    let sample = signed(invocation(), "M0lwo8Ssi8RnWLbHogrrtEZreQg=");
    assert!(verified(&sample));
    let claim = sample.claim(FC);
    assert_eq!(claim.access_key_id, "AKIDEXAMPLE");
    assert_eq!(claim.security_token.as_deref(), Some("TOKENEXAMPLE"));
    assert_eq!(claim.nonce.as_deref(), Some("n-1"));
    assert!(matches!(claim.timing, Timing::SignedAt(at) if at.timestamp() == 1_795_341_600));
    let plain = request("GET", "/2021-04-06/services");
    assert!(verified(&signed(plain, "g1P7ZlbghLOljFB7bUD2H9FajNg=")));
    let secret = Secret::new("SECRETEXAMPLE");
    let ours = roa_v1::sign(&invocation().signable(), "AKIDEXAMPLE", &secret);
    assert_eq!(ours, "acs AKIDEXAMPLE:M0lwo8Ssi8RnWLbHogrrtEZreQg=");
}

/// This client writes `limit=`, the tea clients write `limit`.
#[test]
fn a_parameter_without_a_value_is_signed_either_way() {
    let sample = request("GET", "/2021-04-06/services?limit=&prefix=p");
    assert!(verified(&signed(
        sample.clone(),
        "GfRrd3DeJoTrSkhbBh34isCJWOA="
    )));
    let secret = Secret::new("SECRETEXAMPLE");
    let bare = roa_v1::sign(&sample.signable(), "id", &secret);
    assert!(roa_v1::string_to_sign(&sample.signable()).ends_with("/services?limit&prefix=p"));
    assert!(verified(&sample.header("authorization", &bare)));
}

#[test]
fn everything_that_is_signed_counts() {
    let good = signed(invocation(), "M0lwo8Ssi8RnWLbHogrrtEZreQg=");
    for name in ["accept", "content-md5", "content-type", "x-acs-version"] {
        let mut changed = good.clone();
        changed.set_header(name, "other");
        assert!(!verified(&changed), "{name}");
    }
    assert!(!verified(&good.clone().header("x-acs-more", "1")));
    assert!(!verified(&good.clone().parameter("more", "1")));
    assert!(verified(&good.header("x-other", "1")));
}

#[test]
fn what_cannot_be_read_is_broken_and_other_headers_are_not_ours() {
    let other = |value: &str| {
        invocation()
            .header("authorization", value)
            .read(&[Scheme::RoaV1])
    };
    assert!(matches!(other("Bearer x"), Reading::NotMine));
    assert!(matches!(other("acsx a:b"), Reading::NotMine));
    let fault = |value: &str| invocation().header("authorization", value).fault(FC);
    for value in ["acs a", "acs a:", "acs :b"] {
        assert_eq!(fault(value), Malformed::AuthorizationIncomplete, "{value}");
    }
    let twice = signed(signed(invocation(), "a"), "b");
    assert_eq!(twice.fault(FC), Malformed::RepeatedAuthorization);
    let mut sample = signed(invocation(), "a");
    sample.set_header("x-acs-signature-method", "HMAC-SHA256");
    let value = "HMAC-SHA256".to_owned();
    assert_eq!(sample.fault(FC), Malformed::BadSignatureMethod { value });
    sample.headers.remove("x-acs-signature-method");
    let name = "x-acs-signature-method";
    assert_eq!(sample.fault(FC), Malformed::MissingHeader { name });
    let mut sample = signed(invocation(), "a");
    sample.set_header("date", "today");
    let value = "today".to_owned();
    assert_eq!(sample.fault(FC), Malformed::BadTimestamp { value });
}

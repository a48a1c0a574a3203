//! OSS V4: what clients do besides the rules, and what stays refused.

use chrono::{DateTime, Utc};
use signature::oss_v4::{self, SigningKey};
use signature::{Mismatch, Scope, Secret, Timing};

use crate::sample::{OSS, Sample};

const DATE: &str = "20221220T084818Z";

fn secret() -> Secret {
    Secret::new("secret")
}

fn key() -> SigningKey {
    let text = |text: &str| text.to_owned();
    let scope = Scope {
        date: text("20221220"),
        region: text("cn-hangzhou"),
        product: text("oss"),
    };
    SigningKey::derive(&secret(), scope)
}

fn signed_at() -> DateTime<Utc> {
    "2022-12-20T08:48:18Z".parse().unwrap()
}

fn get(target: &str) -> Sample {
    Sample::new("GET", target)
        .on("bucket", "")
        .header("x-oss-date", DATE)
}

fn verified(sample: &Sample) -> Result<(), Mismatch> {
    sample.claim(OSS).verify(&secret(), &sample.signable())
}

/// Signs `signed`, and sends `sent` with that signature.
fn accepted(signed: &Sample, mut sent: Sample) -> bool {
    sent.set_header(
        "authorization",
        &oss_v4::sign(&signed.signable(), "id", &key(), &[]),
    );
    verified(&sent).is_ok()
}

/// Sends a canonical request of the test's own making.
fn accepts(mut sample: Sample, canonical: &str) -> bool {
    let signature = key().sign(&oss_v4::string_to_sign(DATE, key().scope(), canonical));
    let authorization = format!(
        "OSS4-HMAC-SHA256 Credential=id/20221220/cn-hangzhou/oss/aliyun_v4_request,Signature={signature}"
    );
    sample.set_header("authorization", &authorization);
    verified(&sample).is_ok()
}

fn presigned(sample: &Sample, additional: &[&str]) -> Sample {
    let parameters = oss_v4::presign(
        &sample.signable(),
        "id",
        &key(),
        additional,
        signed_at(),
        60,
    );
    parameters
        .iter()
        .fold(sample.clone(), |sample, (name, value)| {
            sample.parameter(name, value)
        })
}

#[test]
fn the_authorization_may_have_blanks_and_any_order() {
    let mut sample = get("/").header("host", "h").header("range", "bytes=0-1");
    let authorization = oss_v4::sign(&sample.signable(), "id", &key(), &["Range", "host"]);
    let (credential, rest) = authorization
        .split_once(",AdditionalHeaders=host;range,")
        .unwrap();
    for changed in [
        authorization.clone(),
        format!("{credential}, {rest}, AdditionalHeaders=range;Host"),
        format!("{credential} ,  AdditionalHeaders=host;range , {rest} ,"),
    ] {
        sample.set_header("authorization", &changed);
        assert_eq!(verified(&sample), Ok(()), "{changed}");
    }
    sample.set_header("range", "bytes=0-2");
    assert!(verified(&sample).is_err());
}

#[test]
fn headers_that_are_not_listed_are_not_signed() {
    assert!(accepted(
        &get("/"),
        get("/")
            .header("range", "bytes=0-1")
            .header("host", "h")
            .header("date", "x")
    ));
    for name in ["content-type", "content-md5", "x-oss-any"] {
        assert!(!accepted(&get("/"), get("/").header(name, "1")), "{name}");
    }
}

#[test]
fn the_date_header_alone_is_the_timestamp_line() {
    let date = "Tue, 20 Dec 2022 08:48:18 GMT";
    let mut sample = Sample::new("GET", "/")
        .on("bucket", "")
        .header("date", date);
    sample.set_header(
        "authorization",
        &oss_v4::sign(&sample.signable(), "id", &key(), &[]),
    );
    let claim = sample.claim(OSS);
    assert_eq!(claim.timing, Timing::SignedAt(signed_at()));
    assert_eq!(claim.verify(&secret(), &sample.signable()), Ok(()));
    let mismatch = claim
        .verify(&Secret::new("other"), &sample.signable())
        .unwrap_err();
    assert!(
        mismatch
            .string_to_sign
            .starts_with(&format!("OSS4-HMAC-SHA256\n{date}\n20221220/"))
    );
    assert_eq!(
        mismatch.canonical_request.unwrap(),
        "GET\n/bucket/\n\n\n\nUNSIGNED-PAYLOAD"
    );
}

#[test]
fn parameters_are_sorted_by_their_encoded_names() {
    let sample = get("/?b=2&B=1&a-=3&a=4&a%20=5&%7C=6&a+=7&~=8&acl=&prefix");
    let canonical = oss_v4::canonical_request(&sample.signable(), &[]);
    let query = canonical.lines().nth(2).unwrap();
    assert_eq!(query, "%7C=6&B=1&a=4&a%20=5&a%20=7&a-=3&acl&b=2&prefix&~=8");
}

#[test]
fn an_empty_parameter_is_a_bare_name_or_as_on_the_wire() {
    let rest = format!("x-oss-date:{DATE}\n\n\nUNSIGNED-PAYLOAD");
    for query in ["acl&prefix", "acl=&prefix=", "acl&prefix="] {
        assert!(
            accepts(
                get("/?prefix=&acl="),
                &format!("GET\n/bucket/\n{query}\n{rest}")
            ),
            "{query}"
        );
    }
    assert!(!accepts(
        get("/?prefix=&acl="),
        &format!("GET\n/bucket/\nacl=&prefix\n{rest}")
    ));
    assert!(!accepts(
        get("/?prefix&acl"),
        &format!("GET\n/bucket/\nacl&prefix=\n{rest}")
    ));
}

#[test]
fn headers_without_a_value_may_be_left_out() {
    assert!(accepted(
        &get("/"),
        get("/")
            .header("content-type", "")
            .header("x-oss-meta-a", "")
    ));
    assert!(accepted(
        &get("/").header("content-type", ""),
        get("/").header("content-type", "")
    ));
}

#[test]
fn several_values_of_a_header_are_joined() {
    let sample = get("/").header("x-oss-b", " 2 ").header("x-oss-b", "1");
    let canonical = oss_v4::canonical_request(&sample.signable(), &[]);
    assert!(
        canonical.contains("\nx-oss-b:2,1\nx-oss-date:"),
        "{canonical}"
    );
}

#[test]
fn the_payload_line_is_the_header_or_unsigned() {
    let with = get("/").header("x-oss-content-sha256", "abc");
    assert!(oss_v4::canonical_request(&with.signable(), &[]).ends_with("\n\nabc"));
    assert!(oss_v4::canonical_request(&get("/").signable(), &[]).ends_with("\n\nUNSIGNED-PAYLOAD"));
}

#[test]
fn the_path_is_the_bucket_and_the_encoded_key() {
    let line = |sample: &Sample| {
        oss_v4::canonical_request(&sample.signable(), &[])
            .lines()
            .nth(1)
            .unwrap()
            .to_owned()
    };
    let key = Sample::new("GET", "/anything").on("bucket", "/a//b c+*~'(é)/../.");
    assert_eq!(line(&key), "/bucket//a//b%20c%2B%2A~%27%28%C3%A9%29/../.");
    assert_eq!(
        line(&Sample::new("GET", "/bucket").on("bucket", "")),
        "/bucket/"
    );
    assert_eq!(line(&Sample::new("GET", "/")), "/");
}

#[test]
fn a_signed_url_has_a_window() {
    let sample = Sample::new("GET", "/k?response-content-type=a+b")
        .on("bucket", "k")
        .header("host", "h:1");
    let url = presigned(&sample.parameter("x-oss-security-token", "t+/="), &["host"]);
    let claim = url.claim(OSS);
    assert_eq!(
        claim.timing,
        Timing::Window {
            from: signed_at(),
            seconds: 60
        }
    );
    assert_eq!(claim.security_token.as_deref(), Some("t+/="));
    assert_eq!(claim.verify(&secret(), &url.signable()), Ok(()));
    assert_eq!(claim.verify_derived(&key(), &url.signable()), Ok(()));
    let mut elsewhere = url.clone();
    elsewhere.set_header("host", "h:2");
    assert!(verified(&elsewhere).is_err());
}

#[test]
fn of_repeated_parameters_the_first_counts_and_all_are_signed() {
    let url = presigned(&Sample::new("GET", "/k").on("bucket", "k"), &[]);
    for name in ["x-oss-credential", "x-oss-date", "x-oss-expires"] {
        let again = url.clone().parameter(name, "junk");
        assert_eq!(again.claim(OSS).access_key_id, "id");
        assert!(verified(&again).is_err(), "{name}");
    }
    assert_eq!(
        verified(&url.clone().parameter("x-oss-signature", "junk")),
        Ok(())
    );
    assert!(
        !accepted(&get("/?a=2&a=2"), get("/?a=1&a=2")),
        "the habit of Go v2"
    );
    assert!(accepted(&get("/?a=2&a=1"), get("/?a=1&a=2")));
}

#[test]
fn a_derived_key_is_good_for_its_scope_alone() {
    let mut sample = get("/");
    sample.set_header(
        "authorization",
        &oss_v4::sign(&sample.signable(), "id", &key(), &[]),
    );
    let claim = sample.claim(OSS);
    assert_eq!(claim.verify_derived(&key(), &sample.signable()), Ok(()));
    let scope = Scope {
        region: "cn-beijing".to_owned(),
        ..key().scope().clone()
    };
    assert!(
        claim
            .verify_derived(&SigningKey::derive(&secret(), scope), &sample.signable())
            .is_err()
    );
    assert!(!format!("{:?}", key()).contains("key: ["));
}

#[test]
fn a_cloud_box_is_a_product_of_its_own() {
    let scope = Scope {
        region: "cb-1".to_owned(),
        product: "oss-cloudbox".to_owned(),
        ..key().scope().clone()
    };
    let mut sample = get("/");
    let key = SigningKey::derive(&secret(), scope.clone());
    sample.set_header(
        "authorization",
        &oss_v4::sign(&sample.signable(), "id", &key, &[]),
    );
    assert_eq!(sample.claim(OSS).scope, Some(scope));
    assert_eq!(verified(&sample), Ok(()));
}

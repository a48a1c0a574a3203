//! OSS V1: what clients do besides the rules, and what stays refused.

use signature::{Placement, Secret, Timing, oss_v1};

use crate::sample::{OSS, Sample};

const DATE: &str = "Tue, 20 Dec 2022 08:48:18 GMT";

fn secret() -> Secret {
    Secret::new("secret")
}

/// Signs `signed`, and sends `sent` with that signature.
fn accepted(signed: &Sample, mut sent: Sample) -> bool {
    sent.set_header(
        "authorization",
        &oss_v1::sign(&signed.signable(), "id", &secret()),
    );
    sent.claim(OSS).verify(&secret(), &sent.signable()).is_ok()
}

fn get(target: &str) -> Sample {
    Sample::new("GET", target)
        .on("bucket", "")
        .header("date", DATE)
}

fn presigned(sample: &Sample, expires: i64) -> Sample {
    let parameters = oss_v1::presign(&sample.signable(), "id", &secret(), expires);
    parameters
        .iter()
        .fold(sample.clone(), |sample, (name, value)| {
            sample.parameter(name, value)
        })
}

#[test]
fn an_empty_parameter_is_a_bare_name_or_as_on_the_wire() {
    let strict = oss_v1::string_to_sign(&get("/?acl=").signable(), DATE);
    assert!(strict.ends_with("/bucket/?acl"), "{strict}");
    // A sub-resource that nobody knows, named so that the strict string has the `=` of the Java SDK.
    let java = Sample::new("GET", "/")
        .on("bucket", "?acl=")
        .header("date", DATE);
    assert!(accepted(&java, get("/?acl=")));
    assert!(!accepted(&java, get("/?acl")));
}

/// The signatures are of `/bucket` and `/bucket?acl`, as OpenDAL signs them in path style.
#[test]
fn the_slash_behind_a_bucket_may_be_unsigned_where_it_is_not_sent() {
    let opendal = |target: &str, signature: &str| {
        let sent = get(target).header("authorization", &format!("OSS id:{signature}"));
        sent.claim(OSS).verify(&secret(), &sent.signable()).is_ok()
    };
    let (bare, acl) = (
        "ZrfXAV6nGKVmIRAmdq5sUCa0UYc=",
        "WuHp4cWmdPtnCtoaT0OyXtPkh1s=",
    );
    assert!(opendal("/bucket?prefix=p", bare));
    assert!(opendal("/bucket?acl", acl));
    assert!(!opendal("/bucket", acl));
    assert!(!opendal("/bucket/?acl", acl));
    assert!(!opendal("/bucket/?prefix=p", bare));
}

#[test]
fn each_ambiguous_parameter_may_be_unsigned() {
    let all = "/?acl&continuation-token=t&startTime=1&endTime=2";
    for signed in [
        "/?acl&startTime=1&endTime=2",
        "/?acl&continuation-token=t&endTime=2",
        "/?acl",
        all,
    ] {
        assert!(accepted(&get(signed), get(all)), "{signed}");
    }
    assert!(!accepted(
        &get("/?continuation-token=t&startTime=1&endTime=2"),
        get(all)
    ));
}

#[test]
fn the_tries_without_ambiguous_parameters_are_bounded() {
    let many: String = (0..2_000).map(|n| format!("&x-oss-n{n:04}=1")).collect();
    let without = |name: &str| get(&format!("/?{}", many.replace(&format!("&{name}=1"), "")));
    let all = || get(&format!("/?{many}"));
    assert!(accepted(&all(), all()));
    assert!(accepted(&without("x-oss-n0007"), all()));
    assert!(
        !accepted(&without("x-oss-n0008"), all()),
        "only the first {}",
        oss_v1::MAX_AMBIGUOUS
    );
    assert!(accepted(&get("/"), all()), "all of them");
}

#[test]
fn parameters_that_matter_are_never_left_out() {
    for extra in [
        "x-oss-process=image%2Fresize",
        "response-content-type=a",
        "versionId=1",
        "security-token=t",
        "acl",
    ] {
        assert!(!accepted(&get("/"), get(&format!("/?{extra}"))), "{extra}");
    }
    assert!(
        accepted(&get("/"), get("/?prefix=p&marker=m&max-keys=1&regions=r")),
        "nobody signs these"
    );
}

#[test]
fn x_oss_date_is_the_date_line_in_both_forms() {
    for date in [DATE, "20221220T084818Z"] {
        let mut sample = get("/").header("x-oss-date", date);
        let string_to_sign = oss_v1::string_to_sign(&sample.signable(), date);
        assert_eq!(
            string_to_sign,
            format!("GET\n\n\n{date}\nx-oss-date:{date}\n/bucket/")
        );
        sample.set_header(
            "authorization",
            &oss_v1::sign(&sample.signable(), "id", &secret()),
        );
        let claim = sample.claim(OSS);
        assert_eq!(
            claim.timing,
            Timing::SignedAt("2022-12-20T08:48:18Z".parse().unwrap())
        );
        assert_eq!(claim.verify(&secret(), &sample.signable()), Ok(()));
    }
}

#[test]
fn the_token_is_found_in_either_header_or_in_the_query() {
    for name in ["x-oss-security-token", "security-token"] {
        let mut sample = get("/").header(name, "tok");
        sample.set_header("authorization", "OSS id:sig");
        assert_eq!(
            sample.claim(OSS).security_token.as_deref(),
            Some("tok"),
            "{name}"
        );
    }
    let sample = get("/?security-token=tok").header("authorization", "OSS id:sig");
    assert_eq!(sample.claim(OSS).security_token.as_deref(), Some("tok"));
    let both = get("/")
        .header("x-oss-security-token", "a")
        .header("security-token", "b");
    let both = both.header("authorization", "OSS id:sig");
    assert_eq!(both.claim(OSS).security_token.as_deref(), Some("a"));
}

#[test]
fn headers_without_a_value_may_be_left_out() {
    assert!(accepted(
        &get("/"),
        get("/")
            .header("x-oss-meta-a", "")
            .header("x-oss-meta-b", " ")
    ));
    assert!(accepted(
        &get("/").header("x-oss-meta-a", ""),
        get("/").header("x-oss-meta-a", "")
    ));
    assert!(!accepted(&get("/"), get("/").header("x-oss-meta-a", "1")));
}

#[test]
fn several_values_of_a_header_are_joined() {
    let sample = get("/")
        .header("x-oss-b", " 2 ")
        .header("x-oss-a", "z")
        .header("x-oss-b", "1");
    let string_to_sign = oss_v1::string_to_sign(&sample.signable(), DATE);
    assert_eq!(
        string_to_sign,
        format!("GET\n\n\n{DATE}\nx-oss-a:z\nx-oss-b:2,1\n/bucket/")
    );
}

#[test]
fn the_resource_does_not_depend_on_the_addressing() {
    let virtual_host = Sample::new("GET", "/k%20y")
        .on("bucket", "k y")
        .header("date", DATE);
    let path_style = Sample {
        path: "/bucket/k%20y".to_owned(),
        ..virtual_host.clone()
    };
    assert!(accepted(&virtual_host, path_style));
    let service = Sample::new("GET", "/").header("date", DATE);
    assert!(oss_v1::string_to_sign(&service.signable(), DATE).ends_with("\n/"));
}

#[test]
fn of_a_repeated_parameter_the_first_counts() {
    let sample = presigned(
        &Sample::new("GET", "/k?versionId=1").on("bucket", "k"),
        2_000_000_000,
    );
    let again = sample
        .clone()
        .parameter("versionId", "2")
        .parameter("Expires", "3")
        .parameter("Signature", "x");
    assert_eq!(
        again.claim(OSS).verify(&secret(), &again.signable()),
        Ok(())
    );
    let changed =
        Sample::new("GET", &format!("/k?versionId=2&{}", sample.query.raw())).on("bucket", "k");
    assert!(
        changed
            .claim(OSS)
            .verify(&secret(), &changed.signable())
            .is_err()
    );
}

#[test]
fn the_expiry_is_known_before_the_signature_is_looked_at() {
    let expired =
        presigned(&Sample::new("GET", "/k").on("bucket", "k"), 1).header("date", "whatever");
    let claim = expired.claim(OSS);
    assert_eq!(
        claim.timing,
        Timing::ExpiresAt("1970-01-01T00:00:01Z".parse().unwrap())
    );
    assert_eq!(claim.placement, Placement::Query);
    assert_eq!(claim.verify(&secret(), &expired.signable()), Ok(()));
}

#[test]
fn headers_used_at_signing_have_to_come_with_the_url() {
    let with = Sample::new("PUT", "/k")
        .on("bucket", "k")
        .header("content-type", "a/b")
        .header("x-oss-meta-a", "1");
    let url = presigned(&with, 2_000_000_000);
    assert_eq!(url.claim(OSS).verify(&secret(), &url.signable()), Ok(()));
    for missing in ["content-type", "x-oss-meta-a"] {
        let mut without = url.clone();
        without.headers.remove(missing);
        assert!(
            without
                .claim(OSS)
                .verify(&secret(), &without.signable())
                .is_err(),
            "{missing}"
        );
    }
}

#[test]
fn a_mismatch_tells_what_was_calculated() {
    let sample = get("/?acl").header("authorization", "OSS id:wrong");
    let mismatch = sample
        .claim(OSS)
        .verify(&secret(), &sample.signable())
        .unwrap_err();
    assert_eq!(mismatch.provided, "wrong");
    assert_eq!(
        mismatch.string_to_sign,
        format!("GET\n\n\n{DATE}\n/bucket/?acl")
    );
    assert_eq!(mismatch.canonical_request, None);
}

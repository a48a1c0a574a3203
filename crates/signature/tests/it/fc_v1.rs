//! Function Compute's first signature as `fc2` 2.5.2 computes it.
//!
//! The signatures were taken from `fc2.auth.Auth('AKIDEXAMPLE', 'SECRETEXAMPLE').sign_request` with the paths, headers
//! and parameters that stand here; for the signed URL with its expiry as the date.

use signature::{Malformed, Placement, Reading, Scheme, Secret, Timing, fc_v1};

use crate::sample::{FC, Sample};

fn request(method: &str, target: &str) -> Sample {
    Sample::new(method, target)
        .header("content-type", "application/octet-stream")
        .header("date", "Sun, 22 Nov 2026 10:00:00 GMT")
        .header("x-fc-account-id", "123")
        .header("x-fc-security-token", "TOKENEXAMPLE")
}

fn signed(sample: Sample, signature: &str) -> Sample {
    sample.header("authorization", &format!("FC AKIDEXAMPLE:{signature}"))
}

fn verified(sample: &Sample) -> bool {
    let claim = sample.claim(FC);
    assert_eq!(
        (claim.scheme, &*claim.access_key_id),
        (Scheme::FcV1, "AKIDEXAMPLE")
    );
    claim
        .verify(&Secret::new("SECRETEXAMPLE"), &sample.signable())
        .is_ok()
}

#[test]
fn requests_to_the_api_sign_no_query() {
    let target = "/2016-08-15/services/svc/functions/fn/invocations";
    let good = signed(
        request("POST", target),
        "dpnW57MnRJ90p78C1DZWpGyQHi5MLCKuhYhTwPMrnbg=",
    );
    assert!(verified(&good));
    assert_eq!(
        good.claim(FC).security_token.as_deref(),
        Some("TOKENEXAMPLE")
    );
    assert!(verified(&good.clone().parameter("qualifier", "LATEST")));
    let mut other = good.clone();
    other.set_header("x-fc-account-id", "124");
    assert!(!verified(&other));
    let secret = Secret::new("SECRETEXAMPLE");
    let ours = fc_v1::sign(&request("POST", target).signable(), "AKIDEXAMPLE", &secret);
    assert_eq!(ours.as_bytes(), good.headers["authorization"].as_bytes());

    let named = request("PUT", "/2016-08-15/services/svc/%E5%8A%9F%E8%83%BD")
        .header("content-md5", "0cc175b9c0f1b6a831c399e269772661");
    assert!(verified(&signed(
        named,
        "yV74yU8APuGvM4iW+/URXgzpu+Wj7msjGpC7BjWtjhI="
    )));
}

#[test]
fn http_triggers_sign_their_query() {
    let path = "/2016-08-15/proxy/svc.LATEST/fn/a%20b";
    let none = signed(
        request("POST", path),
        "q6VpPpAjhPgGbiMEYRis7jBk+MWZ9p+ZwZVL7x/sY1s=",
    );
    assert!(verified(&none));
    assert!(!verified(&none.parameter("a", "1")));
    let target = format!("{path}?b=2&a=x%20y&a=1");
    let some = signed(
        request("POST", &target),
        "32xTYR3Sk/i8zrkPrpx/wPTdhA9Rf/cZc9QzWtlwg3U=",
    );
    assert!(verified(&some));
}

#[test]
fn signed_urls_are_for_http_triggers() {
    let common = "x-fc-access-key-id=AKIDEXAMPLE&x-fc-expires=1795600000";
    let url = |path: &str, more: &str| Sample::new("GET", &format!("{path}?{common}&{more}"));
    let trigger = "/2016-08-15/proxy/svc/fn/";
    let good = url(
        trigger,
        "q=1&x-fc-signature=DcCCKcNq6bGupJ0NRgFyiQ0E22MOZAVfNXg%2FBHf2S%2FU%3D",
    );
    assert!(verified(&good));
    let claim = good.claim(FC);
    assert_eq!(claim.placement, Placement::Query);
    assert!(matches!(claim.timing, Timing::ExpiresAt(at) if at.timestamp() == 1_795_600_000));
    assert!(!verified(&good.clone().parameter("r", "2")));
    let bare = url(
        trigger,
        "q&x-fc-signature=icNT8BFJtfGNsJwVtbOUcjFTecpW5Hf9OMw2Lk%2Bi59c%3D",
    );
    assert!(verified(&bare));
    let api = url("/2016-08-15/services", "x-fc-signature=s");
    assert_eq!(api.fault(FC), Malformed::IncompleteUrlTrio);
    let secret = Secret::new("SECRETEXAMPLE");
    let ours = Sample::new("GET", "/2016-08-15/proxy/svc/fn/?q=1");
    let ours = fc_v1::presign(&ours.signable(), "AKIDEXAMPLE", &secret, 1_795_600_000);
    assert_eq!(ours[2].1, "DcCCKcNq6bGupJ0NRgFyiQ0E22MOZAVfNXg/BHf2S/U=");
}

#[test]
fn the_query_counts_under_the_hosts_of_triggers() {
    let ask = |host: &str, target: &str| {
        let request = Sample::new("GET", target).header("host", host);
        fc_v1::string_to_sign(&request.signable(), "now")
    };
    for host in [
        "web-a.cn-hangzhou.fcapp.run",
        "WEB-a.cn-hangzhou.fcapp.run:80",
        "web-a.cn-hangzhou.fcapp.run.localhost",
    ] {
        assert!(
            ask(host, "/a?b=2&a=1").ends_with("\n/a\na=1\nb=2"),
            "{host}"
        );
    }
    assert!(ask("fcapp.run.example.com", "/a?b=2").ends_with("\n/a"));
}

#[test]
fn what_cannot_be_read_is_broken_and_other_headers_are_not_ours() {
    let path = "/2016-08-15/services";
    let other = request("GET", path).header("authorization", "Bearer x");
    assert!(matches!(other.read(FC), Reading::NotMine));
    let half = request("GET", path).header("authorization", "FC id");
    assert_eq!(half.fault(FC), Malformed::AuthorizationIncomplete);
    let mut sample = signed(request("GET", path), "s");
    sample.set_header("date", "");
    assert_eq!(sample.fault(FC), Malformed::MissingHeader { name: "date" });
    let trigger = "/2016-08-15/proxy/svc/fn/";
    let broken = |query: &str| Sample::new("GET", &format!("{trigger}?{query}")).fault(FC);
    assert_eq!(broken("x-fc-signature=s"), Malformed::IncompleteUrlTrio);
    let value = "x".to_owned();
    let bad = broken("x-fc-signature=s&x-fc-expires=x&x-fc-access-key-id=a");
    assert_eq!(bad, Malformed::BadExpires { value });
    assert!(Sample::new("GET", trigger).is_unsigned(FC));
    assert!(fc_v1::is_trigger("/2021-04-06/proxy/svc/fn"));
    assert!(
        !fc_v1::is_trigger("/2016-08-15/proxy/only")
            && !fc_v1::is_trigger("/2016-08-15/services/a")
    );
}

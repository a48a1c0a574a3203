//! Signatures, keys and tokens that are no good (§3).

use chrono::TimeDelta;

use crate::cloud::{Cloud, OWNER, SESSION};

#[tokio::test]
async fn keys_and_tokens() {
    let cloud = Cloud::new().await;
    for (key, token, code, ec) in [
        ("nobody", None, "InvalidAccessKeyId", "0002-00000902"),
        ("inactive", None, "InvalidAccessKeyId", "-"),
        (
            "STS.unknown",
            Some("token"),
            "InvalidAccessKeyId",
            "0002-00000002",
        ),
        (SESSION, None, "InvalidAccessKeyId", "0002-00000003"),
        (
            SESSION,
            Some("forged"),
            "InvalidSecurityToken",
            "0002-00000006",
        ),
        (
            SESSION,
            Some("of another"),
            "AccessKeyIdAndSecurityTokenNotMatch",
            "-",
        ),
        (
            SESSION,
            Some("old"),
            "SecurityTokenExpired",
            "0002-00000007",
        ),
    ] {
        for v4 in [false, true] {
            let mut ask = cloud.ask("GET", "/k");
            if let Some(token) = token {
                ask = ask.header("x-oss-security-token", token);
            }
            let ask = if v4 {
                ask.v4(key, "cn-hangzhou")
            } else {
                ask.by(key)
            };
            ask.send().await.refused(403, code, ec);
        }
    }
    let answer = cloud.ask("GET", "/k").by("nobody").send().await;
    assert_eq!(answer.element("OSSAccessKeyId"), "nobody");
}

#[tokio::test]
async fn a_wrong_v1_signature_shows_what_was_signed() {
    let cloud = Cloud::new().await;
    let ask = cloud.ask("GET", "/k").by_nobody();
    let answer = ask.header("authorization", "OSS owner:AAAA").send().await;
    answer.refused(403, "SignatureDoesNotMatch", "0002-00000040");
    assert_eq!(answer.element("OSSAccessKeyId"), "owner");
    assert_eq!(answer.element("SignatureProvided"), "AAAA");
    let signed = "GET\n\n\nThu, 15 Jan 2026 02:03:04 GMT\n/my-bucket/k";
    assert_eq!(answer.element("StringToSign"), signed);
    assert!(
        answer
            .element("StringToSignBytes")
            .starts_with("47 45 54 0A 0A ")
    );
    assert!(answer.element("StringToSignBytes").ends_with("6B "));
    assert_eq!(answer.element("CanonicalRequest"), "-");
}

#[tokio::test]
async fn a_wrong_v4_signature_shows_the_canonical_request() {
    let cloud = Cloud::new().await;
    let value = format!(
        "OSS4-HMAC-SHA256 Credential=owner/20260115/cn-hangzhou/oss/aliyun_v4_request,Signature={}",
        "0".repeat(64)
    );
    let ask = cloud
        .ask("GET", "/k")
        .by_nobody()
        .header("authorization", &value);
    let answer = ask.header("x-oss-date", "20260115T020304Z").send().await;
    answer.refused(403, "SignatureDoesNotMatch", "0002-00000201");
    assert!(
        answer
            .element("CanonicalRequest")
            .starts_with("GET\n/my-bucket/k\n")
    );
    assert_ne!(answer.element("CanonicalRequestBytes"), "-");
}

#[tokio::test]
async fn clocks_may_be_fifteen_minutes_apart() {
    let cloud = Cloud::new().await;
    let ask = |by: i64| {
        let at = cloud.gateway.clock.wall() + TimeDelta::seconds(by);
        let date = at.to_rfc2822().replace("+0000", "GMT");
        cloud.ask("GET", "/?acl").header("date", &date).send()
    };
    ask(-899).await.expect(200);
    ask(899).await.expect(200);
    for by in [-902, 902] {
        let answer = ask(by).await;
        answer.refused(403, "RequestTimeTooSkewed", "0002-00000504");
        assert_eq!(answer.element("MaxAllowedSkewMilliseconds"), "900000");
        assert!(
            answer
                .element("ServerTime")
                .starts_with("2026-01-15T02:03:04")
        );
    }
}

#[tokio::test]
async fn the_scope_must_be_the_endpoints() {
    let cloud = Cloud::new().await;
    let ask = cloud.ask("GET", "/?acl").v4(OWNER, "cn-hangzhou-test-1");
    let answer = ask.send().await;
    answer.refused(400, "InvalidArgument", "0002-00000226");
    let message = "Invalid signing region in Authorization header.";
    assert_eq!(answer.element("Message"), message);
    let other = cloud
        .ask("GET", "/?acl")
        .v4(OWNER, "cn-shenzhen")
        .send()
        .await;
    other.refused(400, "InvalidArgument", "0002-00000226");
    let bare = |region| {
        let ask = cloud.ask("GET", "/my-bucket/?acl").host("127.0.0.1:80");
        ask.v4(OWNER, region).send()
    };
    bare("cn-shenzhen").await.expect(200);
    bare("mars-1")
        .await
        .refused(400, "InvalidArgument", "0002-00000226");
}

#[tokio::test]
async fn headers_that_cannot_be_read() {
    let cloud = Cloud::new().await;
    for (value, ec) in [
        ("", "0002-00000061"),
        ("Bearer x", "0002-00000061"),
        ("OSS owner", "0002-00000062"),
        ("OSS :x", "0002-00000063"),
        ("OSS owner:", "0002-00000065"),
        (
            "OSS4-HMAC-SHA256 Credential=owner/2026-01-15/cn-hangzhou/oss/aliyun_v4_request,Signature=0",
            "0002-00000212",
        ),
        (
            "OSS4-HMAC-SHA256 Credential=owner/20260115/cn-hangzhou/oss/aws4_request,Signature=0",
            "0002-00000213",
        ),
        (
            "OSS4-HMAC-SHA256 Credential=owner/20260115/cn-hangzhou/ecs/aliyun_v4_request,Signature=0",
            "0002-00000227",
        ),
    ] {
        let ask = cloud
            .ask("GET", "/k")
            .by_nobody()
            .header("authorization", value);
        let answer = ask.header("x-oss-date", "20260115T020304Z").send().await;
        answer.refused(400, "InvalidArgument", ec);
    }
}

#[tokio::test]
async fn signed_urls() {
    let cloud = Cloud::new().await;
    let get = |query: &str| cloud.ask("GET", &format!("/k?{query}")).by_nobody().send();
    let part = get("OSSAccessKeyId=owner&Signature=x").await;
    part.refused(403, "AccessDenied", "-");
    let bad = get("OSSAccessKeyId=owner&Signature=x&Expires=soon").await;
    bad.refused(403, "AccessDenied", "0002-00000070");
    assert_eq!(
        bad.element("Message"),
        "Invalid date (should be seconds since epoch)."
    );
    let over = get("OSSAccessKeyId=owner&Signature=x&Expires=1000000000").await;
    over.refused(403, "AccessDenied", "0002-00000069");
    assert_eq!(over.element("Message"), "Request has expired.");
    let wrong = get("OSSAccessKeyId=owner&Signature=x&Expires=2000000000").await;
    wrong.refused(403, "SignatureDoesNotMatch", "0002-00000040");

    let v4 = "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-signature=0&x-oss-date=20260115T020304Z\
              &x-oss-credential=owner%2F20260115%2Fcn-hangzhou%2Foss%2Faliyun_v4_request";
    let without = get(v4).await;
    without.refused(400, "InvalidArgument", "0002-00000215");
    for expires in ["0", "604801", "soon"] {
        let long = get(&format!("{v4}&x-oss-expires={expires}")).await;
        long.refused(403, "AccessDenied", "0002-00000232");
    }
    let nowhere = v4.replace("cn-hangzhou", "");
    let nowhere = get(&format!("{nowhere}&x-oss-expires=60")).await;
    nowhere.refused(400, "InvalidArgument", "0002-00000226");
    let message = "The signing region in credential is invalid.";
    assert_eq!(nowhere.element("Message"), message);
    let version = get("x-oss-signature-version=ABC&x-oss-signature=x").await;
    version.refused(400, "InvalidArgument", "0002-00000066");
}

#[tokio::test]
async fn a_broken_signature_is_never_anonymous() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    cloud
        .ask("PUT", "/k?acl")
        .header("x-oss-object-acl", "public-read")
        .send()
        .await
        .expect(200);
    let ask = cloud.ask("GET", "/k").by_nobody();
    ask.header("authorization", "OSS4-HMAC-SHA256 x")
        .send()
        .await
        .expect(400);
    cloud.ask("GET", "/k").by_nobody().send().await.expect(200);
}

#[tokio::test]
async fn the_key_is_looked_at_before_the_bucket() {
    let cloud = Cloud::new().await;
    let host = "none.oss-cn-hangzhou.aliyuncs.com";
    let answer = cloud.ask("GET", "/k").host(host).by("nobody").send().await;
    answer.refused(403, "InvalidAccessKeyId", "0002-00000902");
    let answer = cloud.ask("GET", "/k").host(host).send().await;
    answer.refused(404, "NoSuchBucket", "0015-00000101");
}

/// The vendor's pages 0002-00000103 to 110.
#[tokio::test]
async fn v2_headers_have_their_own_fine_codes() {
    let cloud = Cloud::new().await;
    for (value, code, ec) in [
        ("AccessKeyIdowner,Signature:x", "InvalidArgument", "103"),
        ("AccessKeyId:a,Signature:x,Odd:1", "InvalidArgument", "104"),
        ("Signature:x", "InvalidArgument", "105"),
        ("AccessKeyId:,Signature:x", "InvalidArgument", "106"),
        ("AccessKeyId:owner", "InvalidArgument", "108"),
        ("AccessKeyId:owner,Signature:", "InvalidArgument", "109"),
        (
            "AccessKeyId:a,AdditionalHeaders:,Signature:x",
            "InvalidArgument",
            "110",
        ),
        (
            "AccessKeyId:owner,Signature:x",
            "SignatureDoesNotMatch",
            "101",
        ),
        (
            "AccessKeyId:nobody,Signature:x",
            "InvalidAccessKeyId",
            "902",
        ),
    ] {
        let ask = cloud.ask("GET", "/k").by_nobody();
        let value = format!("OSS2 {value}");
        let answer = ask.header("authorization", &value).send().await;
        let status = if code == "InvalidArgument" { 400 } else { 403 };
        answer.refused(status, code, &format!("0002-00000{ec}"));
    }
}

/// The vendor's pages 0002-00000113 to 118.
#[tokio::test]
async fn v2_urls_have_their_own_fine_codes() {
    let cloud = Cloud::new().await;
    let get = |query: &str| {
        let target = format!("/k?x-oss-signature-version=OSS2&{query}");
        cloud.ask("GET", &target).by_nobody().send()
    };
    let (id, end) = ("x-oss-access-key-id=owner", "x-oss-expires=2000000000");
    for (query, ec) in [
        (format!("{id}&x-oss-signature=x"), "0002-00000113"),
        (format!("{end}&x-oss-signature=x"), "0002-00000115"),
        (
            format!("{end}&x-oss-access-key-id=&x-oss-signature=x"),
            "0002-00000116",
        ),
        (format!("{end}&{id}"), "0002-00000117"),
        (format!("{end}&{id}&x-oss-signature="), "0002-00000118"),
    ] {
        get(&query).await.refused(400, "InvalidArgument", ec);
    }
    let until = |end: &str| get(&format!("{id}&x-oss-signature=x&x-oss-expires={end}"));
    until("soon").await.refused(403, "AccessDenied", "-");
    let over = until("1000000000").await;
    over.refused(403, "AccessDenied", "-");
    assert_eq!(over.element("Message"), "Request has expired.");
    let wrong = until("2000000000").await;
    wrong.refused(403, "SignatureDoesNotMatch", "0002-00000101");
    let signed = "GET\n\n\n2000000000\n\n%2Fmy-bucket%2Fk?x-oss-access";
    assert!(wrong.element("StringToSign").starts_with(signed));
}

/// The requests of these tests come from 127.0.0.1.
#[tokio::test]
async fn a_signature_may_be_good_for_some_addresses_only() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    let get = |network: &str, query: &str| {
        // Signed with the network, sent without it.
        let signed = cloud.ask("GET", &format!("/k?{query}&x-oss-ac-source-ip={network}"));
        let authorization = signed.head().headers["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        let ask = cloud.ask("GET", &format!("/k?{query}")).by_nobody();
        ask.header("authorization", &authorization)
            .header("x-forwarded-for", "10.1.2.3")
            .send()
    };
    get("127.0.0.1", "x-oss-ac-subnet-mask=32")
        .await
        .expect(200);
    get("127.0.0.0", "x-oss-ac-subnet-mask=24")
        .await
        .expect(200);
    get(
        "10.1.2.3",
        "x-oss-ac-subnet-mask=32&x-oss-ac-forward-allow=true",
    )
    .await
    .expect(200);
    for (network, query) in [
        ("10.1.2.3", "x-oss-ac-subnet-mask=32"),
        (
            "10.1.2.3",
            "x-oss-ac-subnet-mask=32&x-oss-ac-forward-allow=false",
        ),
        ("127.0.0.1", "x-oss-ac-subnet-mask=24"),
    ] {
        let answer = get(network, query).await;
        answer.refused(403, "SignatureDoesNotMatch", "0002-00000602");
        assert!(
            answer
                .element("StringToSign")
                .contains("x-oss-ac-source-ip=127.0.0.")
        );
    }
    let mask = get("127.0.0.1", "x-oss-ac-subnet-mask=65536").await;
    mask.refused(400, "InvalidArgument", "0002-00000601");
    let network = get("127.0.0.1", "x-oss-ac-vpc-id=vpc-1").await;
    network.refused(400, "NotImplemented", "-");
}

/// Whoever holds such a URL cannot widen it.
#[tokio::test]
async fn the_addresses_of_a_signature_cannot_be_changed() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    let signed = cloud.ask(
        "GET",
        "/k?x-oss-ac-subnet-mask=32&x-oss-ac-source-ip=10.1.2.3",
    );
    let authorization = signed.head().headers["authorization"]
        .to_str()
        .unwrap()
        .to_owned();
    for query in [
        "",
        "?x-oss-ac-subnet-mask=0",
        "?x-oss-ac-source-ip=10.1.2.3",
        "?x-oss-ac-subnet-mask=32&x-oss-ac-source-ip=10.1.2.3",
        "?x-oss-ac-source-ip=10.1.2.3&x-oss-ac-source-ip=127.0.0.1&x-oss-ac-subnet-mask=32",
    ] {
        let ask = cloud.ask("GET", &format!("/k{query}")).by_nobody();
        let answer = ask.header("authorization", &authorization).send().await;
        assert_eq!(
            (answer.status, answer.element("Code").as_str()),
            (403, "SignatureDoesNotMatch"),
            "{query}"
        );
    }
}

/// The vendor's pages 0002-00000064 and 107.
#[tokio::test]
async fn ids_that_no_key_can_have() {
    let cloud = Cloud::new().await;
    for (value, ec) in [
        ("OSS no*body:x", "0002-00000064"),
        ("OSS no.bo_dy=:x", "0002-00000902"),
        ("OSS2 AccessKeyId:no-body,Signature:x", "0002-00000107"),
    ] {
        let ask = cloud.ask("GET", "/k").by_nobody();
        let answer = ask.header("authorization", value).send().await;
        answer.refused(403, "InvalidAccessKeyId", ec);
    }
}

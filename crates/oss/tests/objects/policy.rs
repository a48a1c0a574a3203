//! Bucket policies: put, got, deleted, and who is let in or kept out by them (spec/identity.md §4.8).

use base64::Engine;

use crate::cloud::{
    Answer, Cloud, GUEST, GUEST_SESSION, OTHER_UID, OWNER, SESSION, STRANGER, UID, USER,
};

/// One statement about all objects of `my-bucket`.
fn statement(effect: &str, principal: &str, action: &str, more: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Principal":["{principal}"],"Action":["{action}"],"Resource":["acs:oss:*:{UID}:my-bucket/*"]{more}}}"#
    )
}

fn bucket_statement(effect: &str, principal: &str, action: &str, more: &str) -> String {
    statement(effect, principal, action, more).replace("my-bucket/*", "my-bucket")
}

async fn get(cloud: &Cloud, by: &'static str) -> Answer {
    let ask = match by {
        "" => cloud.ask("GET", "/k").by_nobody(),
        SESSION | GUEST_SESSION => cloud
            .ask("GET", "/k")
            .by(by)
            .header("x-oss-security-token", "token"),
        _ => cloud.ask("GET", "/k").by(by),
    };
    ask.send().await
}

async fn with_object() -> Cloud {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    cloud
}

#[tokio::test]
async fn a_policy_comes_back_byte_for_byte() {
    let cloud = Cloud::new().await;
    let none = cloud.ask("GET", "/?policy").send().await;
    none.refused(404, "NoSuchBucketPolicy", "0030-00000006");
    assert_eq!(none.element("BucketName"), "my-bucket");
    let text = format!(
        "{{ \"Version\" : \"1\",\n \"Statement\": [ {} ] }}\n",
        statement("Allow", "*", "oss:GetObject", "")
    );
    let put = |text: &str| cloud.ask("PUT", "/?policy").body(text.to_owned()).send();
    put(&text).await.expect(200);
    let got = cloud.ask("GET", "/?policy").send().await.expect(200);
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.text(), text);
    let other = format!(
        r#"{{"Version":"1","Statement":[{}]}}"#,
        statement("Deny", "1", "oss:PutObject", "")
    );
    put(&other).await.expect(200);
    let got = cloud.ask("GET", "/?policy").send().await.expect(200);
    assert_eq!(got.text(), other);
    for _ in 0..2 {
        cloud.ask("DELETE", "/?policy").send().await.expect(204);
    }
    let none = cloud.ask("GET", "/?policy").send().await;
    none.refused(404, "NoSuchBucketPolicy", "0030-00000006");
    assert_eq!(cloud.rows("oss/setting/").await, 0);
}

#[tokio::test]
async fn a_bad_policy_changes_nothing() {
    let cloud = with_object().await;
    cloud
        .guard(&statement("Allow", "*", "oss:GetObject", ""))
        .await;
    let good = statement("Deny", "*", "oss:GetObject", "");
    let whole = |statements: &str| format!(r#"{{"Version":"1","Statement":[{statements}]}}"#);
    let source_ip = r#","Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"]}}"#;
    for (body, ec) in [
        ("{".to_owned(), "0030-00000005"),
        (String::new(), "0030-00000005"),
        (whole(""), "0030-00000005"),
        (whole(&good).replace("\"1\"", "\"2\""), "0030-00000002"),
        (whole(&good.replace("Action", "Act")), "0030-00000005"),
        (whole(&good.replace("Principal", "Who")), "0030-00000005"),
        (whole(&good.replace("Deny", "deny")), "0030-00000005"),
        (whole(&good.replace("/*", "/**")), "0030-00000007"),
        (
            whole(&good.replace("/*", &"x".repeat(4096))),
            "0030-00000003",
        ),
        (
            whole(&statement("Deny", "*", "oss:*", source_ip)),
            "0030-00000005",
        ),
        (
            format!("{}{}", whole(&good), " ".repeat(17_000)),
            "0030-00000001",
        ),
    ] {
        let put = cloud.ask("PUT", "/?policy").body(body.clone()).send().await;
        assert_eq!(put.element("Code"), "InvalidPolicyDocument", "{body}");
        put.refused(400, "InvalidPolicyDocument", ec);
    }
    let latin = cloud.ask("PUT", "/?policy").body(&b"\xFF"[..]).send().await;
    latin.refused(400, "InvalidPolicyDocument", "0030-00000004");
    get(&cloud, "").await.expect(200);
}

#[tokio::test]
async fn the_status_tells_whether_everybody_gets_something() {
    let cloud = Cloud::new().await;
    let status = async || {
        let got = cloud.ask("GET", "/?policyStatus").send().await.expect(200);
        got.element("IsPublic")
    };
    assert_eq!(status().await, "false");
    cloud
        .guard(&statement("Allow", "*", "oss:GetObject", ""))
        .await;
    assert_eq!(status().await, "true");
    cloud
        .guard(&statement("Allow", OTHER_UID, "oss:GetObject", ""))
        .await;
    assert_eq!(status().await, "false");
}

/// A V1 signature may leave `policyStatus` out, so a signed URL for a listing must not turn into it.
#[tokio::test]
async fn a_signed_url_does_not_become_another_operation() {
    let cloud = Cloud::new().await;
    let target = "/?OSSAccessKeyId=owner&Expires=1&Signature=x&policyStatus";
    let answer = cloud.ask("GET", target).by_nobody().send().await;
    answer.refused(400, "InvalidArgument", "-");
}

#[tokio::test]
async fn everybody_may_be_let_in() {
    let cloud = with_object().await;
    get(&cloud, "")
        .await
        .refused(403, "AccessDenied", "0003-00000001");
    cloud
        .guard(&statement("Allow", "*", "oss:GetObject", ""))
        .await;
    for by in ["", USER, STRANGER, GUEST, GUEST_SESSION, SESSION, OWNER] {
        get(&cloud, by).await.expect(200);
    }
    let put = cloud.ask("PUT", "/new").by_nobody().body("x").send().await;
    put.refused(403, "AccessDenied", "0003-00000001");
    let head = cloud.ask("HEAD", "/k").by_nobody().send().await;
    head.expect(200);
    let list = cloud.ask("GET", "/").by_nobody().send().await;
    list.refused(403, "AccessDenied", "0003-00001201");
    cloud
        .guard(&bucket_statement("Allow", "*", "oss:ListObjects", ""))
        .await;
    let list = cloud.ask("GET", "/").by_nobody().send().await.expect(200);
    assert_eq!(list.element("Key"), "k");
    get(&cloud, "")
        .await
        .refused(403, "AccessDenied", "0003-00000001");
}

#[tokio::test]
async fn each_form_of_principal_lets_in_whom_it_names() {
    let cloud = with_object().await;
    let session = |uid: &str, role: &str| format!("arn:sts::{uid}:assumed-role/{role}/*");
    for (principal, let_in) in [
        (OTHER_UID.to_owned(), &[STRANGER, GUEST, GUEST_SESSION][..]),
        ("200000000000000002".to_owned(), &[GUEST]),
        ("200000000000000001".to_owned(), &[USER]),
        (UID.to_owned(), &[USER, SESSION]),
        (session(OTHER_UID, "reader"), &[GUEST_SESSION]),
        (session(OTHER_UID, "writer"), &[]),
        (session(UID, "writer"), &[SESSION]),
        (session("*", "*"), &[SESSION, GUEST_SESSION]),
        (format!("acs:ram::{OTHER_UID}:user/bob"), &[]),
    ] {
        cloud
            .guard(&statement("Allow", &principal, "oss:GetObject", ""))
            .await;
        for by in [STRANGER, GUEST, GUEST_SESSION, USER, SESSION, ""] {
            let expected = if let_in.contains(&by) { 200 } else { 403 };
            assert_eq!(get(&cloud, by).await.status, expected, "{principal}: {by}");
        }
        get(&cloud, OWNER).await.expect(200);
    }
}

#[tokio::test]
async fn whoever_is_left_out_of_not_principal_is_meant() {
    let cloud = with_object().await;
    let all_but = statement("Allow", OTHER_UID, "oss:GetObject", "")
        .replace(r#""Principal""#, r#""NotPrincipal""#);
    cloud.guard(&all_but).await;
    get(&cloud, USER).await.expect(200);
    get(&cloud, "").await.expect(200);
    get(&cloud, GUEST)
        .await
        .refused(403, "AccessDenied", "0003-00000001");
}

/// OSS takes such a statement; it lets nobody in and keeps nobody out.
#[tokio::test]
async fn a_statement_without_principal_means_nobody() {
    let cloud = with_object().await;
    let nobody = |effect| statement(effect, "*", "oss:*", "").replace(r#""Principal":["*"],"#, "");
    cloud.guard(&nobody("Allow")).await;
    for by in ["", USER, GUEST] {
        get(&cloud, by).await.expect(403);
    }
    let status = cloud.ask("GET", "/?policyStatus").send().await.expect(200);
    assert_eq!(status.element("IsPublic"), "false");
    cloud.guard(&nobody("Deny")).await;
    get(&cloud, OWNER).await.expect(200);
}

#[tokio::test]
async fn strangers_learn_that_the_bucket_is_not_theirs() {
    let cloud = with_object().await;
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#);
    for by in [GUEST, STRANGER] {
        let object = get(&cloud, by).await;
        object.refused(403, "AccessDenied", "0003-00000001");
        assert_eq!(object.element("AccessDeniedDetail"), "-");
        let bucket = cloud.ask("GET", "/?acl").by(by).send().await;
        bucket.refused(403, "AccessDenied", "0003-00000001");
        let message = "The bucket you access does not belong to you.";
        assert_eq!(bucket.element("Message"), message);
    }
}

#[tokio::test]
async fn a_deny_of_the_bucket_wins_and_says_so() {
    let cloud = with_object().await;
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#);
    get(&cloud, USER).await.expect(200);
    cloud
        .guard(&statement("Deny", "*", "oss:GetObject", ""))
        .await;
    for by in [USER, SESSION, GUEST, ""] {
        let denied = get(&cloud, by).await;
        denied.refused(403, "AccessDenied", "0003-00000101");
        assert_eq!(denied.element("Message"), "Access denied by bucket policy.");
        assert_eq!(denied.element("AccessDeniedDetail"), "-");
    }
    // Everybody without a condition is everybody but the owner.
    get(&cloud, OWNER).await.expect(200);
    let secure = r#","Condition":{"Bool":{"acs:SecureTransport":["false"]}}"#;
    cloud
        .guard(&statement("Deny", "*", "oss:GetObject", secure))
        .await;
    get(&cloud, OWNER)
        .await
        .refused(403, "AccessDenied", "0003-00000101");
}

#[tokio::test]
async fn refusals_tell_which_policies_deny() {
    let cloud = with_object().await;
    let deny = r#"{"Effect":"Deny","Action":"oss:GetObject","Resource":"*"}"#;
    cloud.allow(deny);
    let own = get(&cloud, USER).await;
    own.refused(403, "AccessDenied", "0003-00000201");
    cloud
        .guard(&statement("Allow", "*", "oss:GetObject", ""))
        .await;
    let own = get(&cloud, USER).await;
    own.refused(403, "AccessDenied", "0003-00000201");
    assert_eq!(own.element("NoPermissionType"), "ExplicitDeny");
    cloud
        .guard(&statement("Deny", "*", "oss:GetObject", ""))
        .await;
    let both = get(&cloud, USER).await;
    both.refused(403, "AccessDenied", "0003-00000203");
    assert_eq!(
        both.element("PolicyType"),
        "AccountLevelIdentityBasedPolicy"
    );
    cloud.ask("DELETE", "/?policy").send().await.expect(204);
    cloud.allow(r#"{"Effect":"Allow","Action":"fc:*","Resource":"*"}"#);
    let neither = get(&cloud, USER).await;
    neither.refused(403, "AccessDenied", "0003-00000202");
    assert_eq!(neither.element("NoPermissionType"), "ImplicitDeny");
}

#[tokio::test]
async fn a_session_policy_still_limits_whom_the_bucket_lets_in() {
    let cloud = with_object().await;
    cloud
        .guard(&statement("Allow", UID, "oss:GetObject", ""))
        .await;
    get(&cloud, SESSION).await.expect(200);
    cloud.limit_session(r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#);
    let denied = get(&cloud, SESSION).await;
    denied.refused(403, "AccessDenied", "0003-00000202");
    assert_eq!(denied.element("PolicyType"), "SessionPolicy");
}

#[tokio::test]
async fn conditions_are_those_of_the_request() {
    let cloud = with_object().await;
    let condition = |text: &str| format!(r#","Condition":{{{text}}}"#);
    let address = |range: &str| {
        condition(&format!(
            r#""IpAddress":{{"acs:SourceIp":["{range}"]}},"StringLike":{{"acs:SourceVpc":["*"]}}"#
        ))
    };
    for (more, expected) in [
        (address("127.0.0.0/8"), 200),
        (address("10.0.0.0/8"), 403),
        (condition(r#""Bool":{"acs:SecureTransport":["true"]}"#), 403),
        (
            condition(r#""DateLessThan":{"acs:CurrentTime":["2026-01-15T02:03:05Z"]}"#),
            200,
        ),
        (
            condition(r#""DateLessThan":{"acs:CurrentTime":["2026-01-15T02:03:04Z"]}"#),
            403,
        ),
        // A key of listings only.
        (condition(r#""StringEquals":{"oss:Prefix":[""]}"#), 403),
        (
            condition(r#""StringNotEquals":{"acs:SourceVpc":["vpc-1"]}"#),
            200,
        ),
        (
            condition(r#""StringEquals":{"acs:SourceVpc":["vpc-1"]}"#),
            403,
        ),
    ] {
        cloud
            .guard(&statement("Allow", "*", "oss:GetObject", &more))
            .await;
        assert_eq!(get(&cloud, "").await.status, expected, "{more}");
    }
    let prefix = condition(r#""StringLike":{"oss:Prefix":["home/*"]}"#);
    cloud
        .guard(&bucket_statement("Allow", "*", "oss:ListObjects", &prefix))
        .await;
    let list = |target: &'static str| cloud.ask("GET", target).by_nobody().send();
    list("/?prefix=home/ann").await.expect(200);
    list("/?prefix=hom").await.expect(403);
    list("/").await.expect(403);
}

/// The source of a copy and each key of a multi-delete are asked for like anything else.
#[tokio::test]
async fn second_resources_are_guarded_too() {
    let cloud = with_object().await;
    cloud.make("second", "cn-hangzhou").await;
    cloud.allow(&format!(
        r#"{{"Effect":"Allow","Action":"oss:*","Resource":"acs:oss:*:{UID}:second/*"}}"#
    ));
    let copy = || {
        let ask = cloud.ask("PUT", "/copy").by(USER);
        ask.host("second.oss-cn-hangzhou.aliyuncs.com")
            .header("x-oss-copy-source", "/my-bucket/k")
            .send()
    };
    copy().await.refused(403, "AccessDenied", "0003-00000202");
    cloud
        .guard(&statement("Allow", "*", "oss:GetObject", ""))
        .await;
    copy().await.expect(200);
    cloud
        .guard(&statement("Deny", UID, "oss:GetObject", ""))
        .await;
    copy().await.refused(403, "AccessDenied", "0003-00000101");

    let allowed = statement("Allow", OTHER_UID, "oss:DeleteObject", "");
    cloud
        .guard(&allowed.replace("my-bucket/*", "my-bucket/k"))
        .await;
    cloud.store("/other", "x").await;
    let document =
        "<Delete><Object><Key>k</Key></Object><Object><Key>other</Key></Object></Delete>";
    let md5 =
        base64::engine::general_purpose::STANDARD.encode(fast_md5::digest(document.as_bytes()));
    let delete = cloud
        .ask("POST", "/?delete")
        .by(GUEST)
        .header("content-md5", &md5)
        .body(document);
    delete
        .send()
        .await
        .refused(403, "AccessDenied", "0003-00000001");
    let document = "<Delete><Object><Key>k</Key></Object></Delete>";
    let md5 =
        base64::engine::general_purpose::STANDARD.encode(fast_md5::digest(document.as_bytes()));
    let delete = cloud
        .ask("POST", "/?delete")
        .by(GUEST)
        .header("content-md5", &md5)
        .body(document);
    delete.send().await.expect(200);
    get(&cloud, OWNER).await.expect(404);
    cloud.ask("GET", "/other").send().await.expect(200);
}

#[tokio::test]
async fn the_bucket_itself_is_guarded_too() {
    let cloud = Cloud::new().await;
    cloud
        .guard(&bucket_statement("Allow", OTHER_UID, "oss:GetBucket*", ""))
        .await;
    for target in ["/?acl", "/?policy", "/?bucketInfo", "/?location"] {
        cloud.ask("GET", target).by(GUEST).send().await.expect(200);
        let nobody = cloud.ask("GET", target).by_nobody().send().await;
        nobody.refused(403, "AccessDenied", "0003-00001201");
    }
    let put = cloud
        .ask("PUT", "/?policy")
        .by(GUEST)
        .body("{}")
        .send()
        .await;
    put.refused(403, "AccessDenied", "0003-00000001");
}

/// A policy that is gone or replaced is not remembered.
#[tokio::test]
async fn changes_are_heeded_at_once() {
    let cloud = with_object().await;
    let open = statement("Allow", "*", "oss:GetObject", "");
    for _ in 0..3 {
        cloud.guard(&open).await;
        get(&cloud, "").await.expect(200);
        cloud.guard(&open.replace("GetObject", "PutObject")).await;
        get(&cloud, "").await.expect(403);
        cloud.guard(&open).await;
        get(&cloud, "").await.expect(200);
        cloud.ask("DELETE", "/?policy").send().await.expect(204);
        get(&cloud, "").await.expect(403);
    }
}

#[tokio::test]
async fn who_pays() {
    let cloud = with_object().await;
    let payer = async || {
        let got = cloud
            .ask("GET", "/?requestPayment")
            .send()
            .await
            .expect(200);
        got.element("Payer")
    };
    let set = |payer: &str| {
        let body = format!(
            "<RequestPaymentConfiguration><Payer>{payer}</Payer></RequestPaymentConfiguration>"
        );
        cloud.ask("PUT", "/?requestPayment").body(body).send()
    };
    assert_eq!(payer().await, "BucketOwner");
    set("requester").await.refused(400, "MalformedXML", "-");
    cloud.guard(&statement("Allow", "*", "oss:*", "")).await;
    get(&cloud, GUEST).await.expect(200);
    set("Requester").await.expect(200);
    assert_eq!(payer().await, "Requester");
    let unsigned = "0003-00000701";
    let signed = "0003-00000703";
    for (by, ec) in [(GUEST, signed), (STRANGER, signed), ("", unsigned)] {
        let denied = get(&cloud, by).await;
        denied.refused(403, "AccessDenied", ec);
        let message = "Access denied for requester pay bucket";
        assert_eq!(denied.element("Message"), message);
    }
    for by in [OWNER, USER, SESSION] {
        get(&cloud, by).await.expect(200);
    }
    let agreed = |by: &'static str| {
        let ask = cloud.ask("GET", "/k").by(by);
        ask.header("x-oss-request-payer", "requester").send()
    };
    agreed(GUEST).await.expect(200);
    let nobody = cloud.ask("GET", "/k?x-oss-request-payer=requester");
    let nobody = nobody.by_nobody().send().await;
    nobody.refused(403, "AccessDenied", unsigned);
    set("BucketOwner").await.expect(200);
    get(&cloud, GUEST).await.expect(200);
}

/// Whoever copies pays for reading the source, too.
#[tokio::test]
async fn who_pays_for_the_source_of_a_copy() {
    let cloud = with_object().await;
    cloud
        .guard(&statement("Allow", OTHER_UID, "oss:*", ""))
        .await;
    let on = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    cloud
        .ask("PUT", "/?requestPayment")
        .body(on)
        .send()
        .await
        .expect(200);
    let host = "theirs.oss-cn-hangzhou.aliyuncs.com";
    cloud
        .ask("PUT", "/")
        .by(STRANGER)
        .host(host)
        .send()
        .await
        .expect(200);
    let copy = |payer: &'static str| {
        let ask = cloud.ask("PUT", "/copy").by(STRANGER).host(host);
        ask.header("x-oss-copy-source", "/my-bucket/k")
            .header("x-oss-request-payer", payer)
            .send()
    };
    copy("owner")
        .await
        .refused(403, "AccessDenied", "0003-00000703");
    copy("requester").await.expect(200);
}

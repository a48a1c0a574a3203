//! Refusals by policies, and what they say (§3.1).

use crate::cloud::{Cloud, SESSION, STRANGER, UID, USER};

const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#;
const DENY_PUT: &str =
    r#"{"Effect":"Deny","Action":"oss:PutObject","Resource":"acs:oss:*:*:my-bucket/*"}"#;

#[tokio::test]
async fn nothing_allows_it() {
    let cloud = Cloud::new().await;
    let answer = cloud.ask("PUT", "/k").by(USER).body("x").send().await;
    answer.refused(403, "AccessDenied", "0003-00000202");
    let expected = format!(
        "<AccessDeniedDetail><PolicyType>AccountLevelIdentityBasedPolicy</PolicyType>\
         <AuthPrincipalOwnerId>{UID}</AuthPrincipalOwnerId>\
         <AuthPrincipalType>SubUser</AuthPrincipalType>\
         <AuthPrincipalDisplayName>200000000000000001</AuthPrincipalDisplayName>\
         <NoPermissionType>ImplicitDeny</NoPermissionType>\
         <AuthAction>oss:PutObject</AuthAction>\
         <EncodedDiagnosticMessage>sealed:oss:PutObject</EncodedDiagnosticMessage></AccessDeniedDetail>\
         <Bucket>my-bucket</Bucket><User>200000000000000001</User><EC>0003-00000202</EC>"
    );
    assert!(answer.text().contains(&expected), "{}", answer.text());
}

#[tokio::test]
async fn a_statement_denies_it() {
    let cloud = Cloud::new().await;
    cloud.allow(&format!("{ALLOW_ALL},{DENY_PUT}"));
    let answer = cloud.ask("PUT", "/k").by(USER).body("x").send().await;
    answer.refused(403, "AccessDenied", "0003-00000201");
    assert_eq!(answer.element("Message"), "Access denied by bucket policy.");
    assert_eq!(answer.element("NoPermissionType"), "ExplicitDeny");
    cloud.ask("GET", "/?acl").by(USER).send().await.expect(200);
}

#[tokio::test]
async fn a_session_is_limited_by_its_own_policy() {
    let cloud = Cloud::new().await;
    cloud.allow(ALLOW_ALL);
    let put = || {
        let ask = cloud.ask("PUT", "/k").by(SESSION);
        ask.header("x-oss-security-token", "token").body("x").send()
    };
    put().await.expect(200);
    cloud.limit_session(r#"{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}"#);
    let answer = put().await;
    answer.refused(403, "AccessDenied", "0003-00000202");
    for (element, value) in [
        ("Message", "Access denied by authorizer's policy."),
        ("PolicyType", "SessionPolicy"),
        ("AuthPrincipalType", "AssumedRoleUser"),
        ("AuthPrincipalDisplayName", "writer:s-1"),
        ("NoPermissionType", "ImplicitDeny"),
        ("User", "300000000000000001:s-1"),
    ] {
        assert_eq!(answer.element(element), value, "{element}");
    }
    cloud.limit_session(&format!("{ALLOW_ALL},{DENY_PUT}"));
    let answer = put().await;
    answer.refused(403, "AccessDenied", "0003-00000201");
    assert_eq!(answer.element("NoPermissionType"), "ExplicitDeny");
}

#[tokio::test]
async fn nobody_may_do_anything_to_buckets() {
    let cloud = Cloud::new().await;
    for (method, target) in [("GET", "/"), ("GET", "/?acl"), ("GET", "/?bucketInfo")] {
        let answer = cloud.ask(method, target).by_nobody().send().await;
        answer.refused(403, "AccessDenied", "0003-00001201");
    }
    let service = cloud
        .ask("GET", "/")
        .host("oss-cn-hangzhou.aliyuncs.com")
        .by_nobody();
    service
        .send()
        .await
        .refused(403, "AccessDenied", "0003-00001201");
}

#[tokio::test]
async fn another_account_has_no_part_in_it() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    let bucket = cloud.ask("GET", "/").by(STRANGER).send().await;
    assert_eq!(
        bucket.element("Message"),
        "The bucket you access does not belong to you."
    );
    let object = cloud.ask("GET", "/k").by(STRANGER).send().await;
    object.refused(403, "AccessDenied", "0003-00000001");
    assert_eq!(object.element("AccessDeniedDetail"), "-");
}

#[tokio::test]
async fn conditions_see_the_listing_and_the_acl() {
    let cloud = Cloud::new().await;
    cloud.allow(
        r#"{"Effect":"Allow","Action":"oss:ListObjects","Resource":"*",
            "Condition":{"StringLike":{"oss:Prefix":"home/*","acs:AccessId":"user"}}},
           {"Effect":"Allow","Action":["oss:PutObject","oss:PutObjectAcl"],"Resource":"*",
            "Condition":{"StringNotEquals":{"oss:x-oss-object-acl":"public-read"}}}"#,
    );
    let list = |target: &str| cloud.ask("GET", target).by(USER).send();
    list("/?prefix=home%2Fa").await.expect(200);
    list("/?prefix=etc%2Fa").await.expect(403);
    list("/").await.expect(403);
    let put = |acl| {
        cloud
            .ask("PUT", "/k")
            .by(USER)
            .header("x-oss-object-acl", acl)
            .body("x")
            .send()
    };
    put("private").await.expect(200);
    put("public-read").await.expect(403);
}

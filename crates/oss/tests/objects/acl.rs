//! GetObjectAcl, PutObjectAcl, and what ACLs give away.

use crate::cloud::{Cloud, STRANGER, UID, USER};

async fn set(cloud: &Cloud, target: &str, acl: &str) {
    let header = match target {
        "/?acl" => "x-oss-acl",
        _ => "x-oss-object-acl",
    };
    cloud
        .ask("PUT", target)
        .header(header, acl)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn an_acl_is_what_was_put() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    for acl in ["default", "private", "public-read", "public-read-write"] {
        set(&cloud, "/k?acl", acl).await;
        let got = cloud.ask("GET", "/k?acl").send().await.expect(200);
        let expected = format!(
            "<AccessControlPolicy><Owner><ID>{UID}</ID><DisplayName>{UID}</DisplayName></Owner>\
             <AccessControlList><Grant>{acl}</Grant></AccessControlList></AccessControlPolicy>"
        );
        assert!(got.text().ends_with(&expected), "{}", got.text());
    }
    let put = |acl: &str| {
        cloud
            .ask("PUT", "/k?acl")
            .header("x-oss-object-acl", acl)
            .send()
    };
    put("public").await.refused(400, "InvalidArgument", "-");
    let missing = cloud.ask("PUT", "/k?acl").send().await;
    missing.refused(400, "InvalidArgument", "0017-00000105");
    let none = cloud
        .ask("PUT", "/none?acl")
        .header("x-oss-object-acl", "private")
        .send()
        .await;
    none.refused(404, "NoSuchKey", "0026-00000001");
}

#[tokio::test]
async fn the_objects_own_acl_comes_before_the_buckets() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    let get = || cloud.ask("GET", "/k").by_nobody().send();
    get().await.refused(403, "AccessDenied", "0003-00000001");
    set(&cloud, "/?acl", "public-read").await;
    get().await.expect(200);
    set(&cloud, "/k?acl", "private").await;
    get().await.refused(403, "AccessDenied", "0003-00000005");
    set(&cloud, "/?acl", "private").await;
    set(&cloud, "/k?acl", "public-read").await;
    get().await.expect(200);
    cloud.ask("GET", "/k").by(STRANGER).send().await.expect(200);
    cloud.ask("GET", "/k").by(USER).send().await.expect(200);
}

#[tokio::test]
async fn who_may_write_to_a_public_bucket() {
    let cloud = Cloud::new().await;
    let put = |key: &str| cloud.ask("PUT", key).by_nobody().body("y").send();
    put("/new")
        .await
        .refused(403, "AccessDenied", "0003-00000001");
    set(&cloud, "/?acl", "public-read").await;
    put("/new")
        .await
        .refused(403, "AccessDenied", "0003-00000001");
    set(&cloud, "/?acl", "public-read-write").await;
    put("/new").await.expect(200);
    cloud.store("/k", "x").await;
    set(&cloud, "/k?acl", "public-read").await;
    put("/k")
        .await
        .refused(403, "AccessDenied", "0003-00000005");
    cloud
        .ask("DELETE", "/new")
        .by_nobody()
        .send()
        .await
        .expect(204);
}

#[tokio::test]
async fn acls_are_the_owners_business() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    set(&cloud, "/k?acl", "public-read-write").await;
    let get = cloud.ask("GET", "/k?acl").by(STRANGER).send().await;
    get.refused(403, "AccessDenied", "0003-00000007");
    let put = cloud
        .ask("PUT", "/k?acl")
        .by_nobody()
        .header("x-oss-object-acl", "private");
    assert_eq!(put.send().await.status, 403);
}

#[tokio::test]
async fn a_put_with_an_acl_needs_the_permission_for_it() {
    let cloud = Cloud::new().await;
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}"#);
    let put = || {
        let ask = cloud
            .ask("PUT", "/k")
            .by(USER)
            .header("x-oss-object-acl", "public-read");
        ask.body("x").send()
    };
    let denied = put().await;
    denied.refused(403, "AccessDenied", "0003-00000202");
    assert_eq!(denied.element("AuthAction"), "oss:PutObjectAcl");
    cloud.ask("GET", "/k").send().await.expect(404);
    cloud.allow(
        r#"{"Effect":"Allow","Action":["oss:PutObject","oss:PutObjectAcl"],"Resource":"*"}"#,
    );
    put().await.expect(200);
    cloud.ask("GET", "/k").by_nobody().send().await.expect(200);
}

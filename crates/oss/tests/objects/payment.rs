//! Buckets whose requesters pay (§4.11).

use crate::cloud::{Cloud, STRANGER, USER};

const PAYER: &str = "x-oss-request-payer";
const CHARGED: &str = "x-oss-request-charged";

fn configuration(payer: &str) -> String {
    let payer = format!("<Payer>{payer}</Payer>");
    format!("<RequestPaymentConfiguration>{payer}</RequestPaymentConfiguration>")
}

/// A bucket that everybody may use, with an object.
async fn open(payer: &str) -> Cloud {
    let cloud = Cloud::new().await;
    let acl = cloud.ask("PUT", "/?acl");
    let acl = acl.header("x-oss-acl", "public-read-write").send();
    acl.await.expect(200);
    cloud.store("/k", "hello").await;
    let put = cloud.ask("PUT", "/?requestPayment");
    put.body(configuration(payer)).send().await.expect(200);
    cloud
}

#[tokio::test]
async fn the_owner_pays_unless_he_says_otherwise() {
    let cloud = Cloud::new().await;
    let payer = || async {
        let got = cloud.ask("GET", "/?requestPayment").send().await;
        got.expect(200).element("Payer")
    };
    assert_eq!(payer().await, "BucketOwner");
    let put = |body: String| cloud.ask("PUT", "/?requestPayment").body(body).send();
    put(configuration("Requester")).await.expect(200);
    assert_eq!(payer().await, "Requester");
    for bad in [configuration("Nobody"), "<A/>".to_owned(), String::new()] {
        put(bad).await.refused(400, "MalformedXML", "-");
    }
    assert_eq!(payer().await, "Requester");
    put(configuration("BucketOwner")).await.expect(200);
    assert_eq!(payer().await, "BucketOwner");
}

#[tokio::test]
async fn other_accounts_must_say_that_they_pay() {
    let cloud = open("Requester").await;
    for (method, target) in [
        ("GET", "/k"),
        ("HEAD", "/k"),
        ("PUT", "/new"),
        ("DELETE", "/k"),
    ] {
        let ask = || cloud.ask(method, target).by(STRANGER).body("");
        let refused = ask().send().await;
        refused.refused(403, "AccessDenied", "0003-00000703");
        let message = refused.element("Message");
        assert_eq!(message, "Access denied for requester pay bucket");
        let wrong = ask().header(PAYER, "owner").send().await;
        wrong.refused(403, "AccessDenied", "0003-00000703");
        let paid = ask().header(PAYER, "requester").send().await;
        assert!(matches!(paid.status, 200 | 204), "{method}");
        assert_eq!(paid.header(CHARGED), "requester", "{method}");
    }
    let by_query = cloud.ask("GET", "/new?x-oss-request-payer=requester");
    let paid = by_query.by(STRANGER).send().await.expect(200);
    assert_eq!(paid.header(CHARGED), "requester");
}

#[tokio::test]
async fn nobody_is_no_payer() {
    let cloud = open("Requester").await;
    let ask = || cloud.ask("GET", "/k").by_nobody();
    let refused = ask().send().await;
    refused.refused(403, "AccessDenied", "0003-00000701");
    let offered = ask().header(PAYER, "requester").send().await;
    offered.refused(403, "AccessDenied", "0003-00000701");
}

#[tokio::test]
async fn the_owners_account_is_not_charged() {
    let cloud = open("Requester").await;
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#);
    let own = cloud.ask("GET", "/k").send().await.expect(200);
    assert_eq!(own.header(CHARGED), "-");
    let offered = cloud.ask("GET", "/k").by(USER).header(PAYER, "requester");
    let offered = offered.send().await.expect(200);
    assert_eq!(offered.header(CHARGED), "-");
    let cloud = open("BucketOwner").await;
    let free = cloud.ask("GET", "/k").by(STRANGER);
    let free = free.header(PAYER, "requester").send().await.expect(200);
    assert_eq!(free.header(CHARGED), "-");
}

#[tokio::test]
async fn paying_is_no_permission() {
    let cloud = open("Requester").await;
    let acl = cloud.ask("PUT", "/?acl").header("x-oss-acl", "private");
    acl.send().await.expect(200);
    let ask = cloud.ask("GET", "/k").by(STRANGER);
    let denied = ask.header(PAYER, "requester").send().await;
    denied.refused(403, "AccessDenied", "0003-00000001");
    assert_eq!(denied.header(CHARGED), "-");
}

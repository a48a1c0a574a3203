//! Archived objects: frozen, being restored, restored (§7.6, §7.7).

use chrono::Duration;

use crate::cloud::{Answer, Cloud, USER};

async fn archived(class: &str) -> Cloud {
    let cloud = Cloud::new().await;
    let ask = cloud.ask("PUT", "/k").header("x-oss-storage-class", class);
    ask.body("hello").send().await.expect(200);
    cloud
}

fn request(inside: &str) -> String {
    format!("<RestoreRequest>{inside}</RestoreRequest>")
}

fn tier(tier: &str) -> String {
    request(&format!(
        "<Days>2</Days><JobParameters><Tier>{tier}</Tier></JobParameters>"
    ))
}

async fn restore(cloud: &Cloud, body: &str) -> Answer {
    let ask = cloud.ask("POST", "/k?restore").body(body.to_owned());
    ask.send().await
}

/// The status of a GET and what a HEAD and a listing say about the restore.
async fn state(cloud: &Cloud) -> (u16, String) {
    let got = cloud.ask("GET", "/k").send().await;
    if got.status != 200 {
        got.refused(403, "InvalidObjectState", "-");
    }
    let head = cloud.ask("HEAD", "/k").send().await.expect(200);
    assert_eq!(head.header("content-length"), "5");
    let told = head.header("x-oss-restore").to_owned();
    let list = cloud.ask("GET", "/").send().await.expect(200);
    assert_eq!(list.element("RestoreInfo").replace("&quot;", "\""), told);
    (got.status, told)
}

const ONGOING: &str = "ongoing-request=\"true\"";

fn restored(date: &str) -> (u16, String) {
    let told = format!("ongoing-request=\"false\", expiry-date=\"{date}\"");
    (200, told)
}

#[tokio::test]
async fn a_restore_takes_its_time_and_ends() {
    let cloud = archived("Archive").await;
    let pass = |by: Duration| cloud.gateway.clock.advance(by);
    assert_eq!(state(&cloud).await, (403, "-".to_owned()));
    let started = restore(&cloud, "").await.expect(202);
    assert_eq!(started.header("x-oss-object-restore-priority"), "-");
    assert_eq!(state(&cloud).await, (403, ONGOING.to_owned()));
    let again = restore(&cloud, "").await;
    again.refused(409, "RestoreAlreadyInProgress", "-");
    pass(Duration::seconds(59));
    assert_eq!(state(&cloud).await, (403, ONGOING.to_owned()));
    pass(Duration::seconds(1));
    let expected = restored("Fri, 16 Jan 2026 02:04:04 GMT");
    assert_eq!(state(&cloud).await, expected);
    // It lasts longer for who asks again, and never shorter.
    restore(&cloud, &request("<Days>3</Days>"))
        .await
        .expect(200);
    let longer = restored("Sun, 18 Jan 2026 02:04:04 GMT");
    assert_eq!(state(&cloud).await, longer);
    restore(&cloud, &request("<Days>1</Days>"))
        .await
        .expect(200);
    assert_eq!(state(&cloud).await, longer);
    pass(Duration::days(3));
    assert_eq!(state(&cloud).await, (403, "-".to_owned()));
    restore(&cloud, "").await.expect(202);
}

#[tokio::test]
async fn urgency_decides_how_long_it_takes() {
    for (class, named, hours) in [
        ("ColdArchive", "Expedited", 1),
        ("ColdArchive", "Standard", 5),
        ("ColdArchive", "Bulk", 12),
        ("DeepColdArchive", "Expedited", 12),
        ("DeepColdArchive", "Standard", 48),
    ] {
        let cloud = archived(class).await;
        let started = restore(&cloud, &tier(named)).await.expect(202);
        let priority = started.header("x-oss-object-restore-priority");
        assert_eq!(priority, named, "{class}");
        let almost = Duration::hours(hours) - Duration::seconds(1);
        cloud.gateway.clock.advance(almost);
        assert_eq!(state(&cloud).await.0, 403, "{class} {named}");
        cloud.gateway.clock.advance(Duration::seconds(1));
        assert_eq!(state(&cloud).await.0, 200, "{class} {named}");
    }
}

#[tokio::test]
async fn a_restore_can_be_hurried_but_not_slowed_down() {
    let cloud = archived("ColdArchive").await;
    restore(&cloud, "").await.expect(202);
    let slower = restore(&cloud, &tier("Bulk")).await;
    slower.refused(409, "RestoreAlreadyInProgress", "0016-00000715");
    restore(&cloud, &tier("Expedited")).await.expect(202);
    cloud.gateway.clock.advance(Duration::hours(1));
    assert_eq!(state(&cloud).await.0, 200);
}

#[tokio::test]
async fn bad_restores_start_nothing() {
    let argument = "InvalidArgument";
    for (class, body, code, ec) in [
        (
            "Standard",
            String::new(),
            "OperationNotSupported",
            "0016-00000702",
        ),
        (
            "IA",
            String::new(),
            "OperationNotSupported",
            "0016-00000702",
        ),
        ("Archive", tier("Standard"), "MalformedXML", "-"),
        (
            "Archive",
            request("<Days>8</Days>"),
            argument,
            "0016-00000708",
        ),
        (
            "Archive",
            request("<Days>a</Days>"),
            argument,
            "0016-00000708",
        ),
        (
            "ColdArchive",
            request("<Days>366</Days>"),
            argument,
            "0016-00000704",
        ),
        (
            "ColdArchive",
            request("<Days>0</Days>"),
            argument,
            "0016-00000704",
        ),
        ("ColdArchive", tier("wrong"), argument, "-"),
        ("DeepColdArchive", tier("Bulk"), argument, "-"),
        ("Archive", "<Restore/>".to_owned(), "MalformedXML", "-"),
        ("Archive", "text".to_owned(), "MalformedXML", "-"),
    ] {
        let cloud = archived(class).await;
        let refused = restore(&cloud, &body).await;
        refused.refused(400, code, ec);
        assert_eq!(state(&cloud).await.1, "-", "{class} {body}");
    }
    let cloud = Cloud::new().await;
    let none = restore(&cloud, "").await;
    none.refused(404, "NoSuchKey", "0026-00000001");
}

#[tokio::test]
async fn a_restored_object_can_be_frozen_again() {
    let cloud = archived("ColdArchive").await;
    let clean = || cloud.ask("POST", "/k?cleanRestoredObject").body("").send();
    let stale = "ArchiveRestoreFileStale";
    clean().await.refused(409, stale, "0016-00000718");
    restore(&cloud, "").await.expect(202);
    let busy = "ArchiveRestoreNotFinished";
    clean().await.refused(409, busy, "0016-00000719");
    cloud.gateway.clock.advance(Duration::hours(5));
    assert_eq!(state(&cloud).await.0, 200);
    clean().await.expect(200);
    assert_eq!(state(&cloud).await, (403, "-".to_owned()));
    clean().await.refused(409, stale, "0016-00000718");
    cloud.store("/k", "hello").await;
    let online = "OperationNotSupported";
    clean().await.refused(400, online, "0016-00000702");
}

#[tokio::test]
async fn a_copy_needs_a_restored_source() {
    let cloud = archived("Archive").await;
    let copy = |target| {
        let ask = cloud.ask("PUT", target);
        let ask = ask.header("x-oss-copy-source", "/my-bucket/k");
        ask.header("x-oss-storage-class", "IA").send()
    };
    copy("/copy").await.refused(403, "InvalidObjectState", "-");
    restore(&cloud, "").await.expect(202);
    copy("/k").await.refused(403, "InvalidObjectState", "-");
    cloud.gateway.clock.advance(Duration::minutes(1));
    copy("/k").await.expect(200);
    let head = cloud.ask("HEAD", "/k").send().await.expect(200);
    assert_eq!(head.header("x-oss-storage-class"), "IA");
    assert_eq!(state(&cloud).await, (200, "-".to_owned()));
    let stat = cloud.ask("GET", "/?stat").send().await.expect(200);
    assert_eq!(stat.element("ArchiveObjectCount"), "0");
    assert_eq!(stat.element("InfrequentAccessObjectCount"), "1");
}

#[tokio::test]
async fn a_link_shows_whether_its_target_is_frozen() {
    let cloud = archived("Archive").await;
    let link = cloud.ask("PUT", "/link?symlink");
    let link = link.header("x-oss-symlink-target", "k");
    let link = link.header("x-oss-storage-class", "Archive");
    link.send().await.expect(200);
    let read = || cloud.ask("GET", "/link").send();
    read().await.refused(403, "InvalidObjectState", "-");
    restore(&cloud, "").await.expect(202);
    cloud.gateway.clock.advance(Duration::minutes(1));
    assert_eq!(read().await.expect(200).text(), "hello");
}

#[tokio::test]
async fn restoring_takes_its_own_permission() {
    let cloud = archived("Archive").await;
    let acl = cloud.ask("PUT", "/k?acl");
    let acl = acl.header("x-oss-object-acl", "public-read-write");
    acl.send().await.expect(200);
    for query in ["restore", "cleanRestoredObject"] {
        let ask = cloud.ask("POST", &format!("/k?{query}")).by_nobody();
        assert_eq!(ask.body("").send().await.status, 403, "{query}");
    }
    cloud.allow(r#"{"Effect":"Allow","Action":"oss:RestoreObject","Resource":"*"}"#);
    let ask = cloud.ask("POST", "/k?restore").by(USER);
    ask.body("").send().await.expect(202);
}

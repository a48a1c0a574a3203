//! What ACLs give to requests without a signature: every operation on an object, under every ACL (§3.1).

use base64::Engine;

use crate::cloud::{Answer, Cloud};

/// What an operation is to an ACL.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Read,
    Write,
    /// No ACL gives it away.
    Owner,
}
use Kind::{Owner, Read, Write};

/// Method, target and headers of each operation on the object `/k`, which is a link for the two about links.
type Row = (
    &'static str,
    &'static str,
    Kind,
    &'static [(&'static str, &'static str)],
);

const OPERATIONS: &[Row] = &[
    ("GET", "/k", Read, &[]),
    ("HEAD", "/k", Read, &[]),
    ("HEAD", "/k?objectMeta", Read, &[]),
    ("GET", "/k?symlink", Read, &[]),
    ("GET", "/k?acl", Owner, &[]),
    ("GET", "/k?tagging", Owner, &[]),
    ("PUT", "/k", Write, &[]),
    ("PUT", "/k", Write, &[("x-oss-copy-source", "/my-bucket/k")]),
    ("PUT", "/k?symlink", Write, &[("x-oss-symlink-target", "k")]),
    ("POST", "/k?append&position=0", Write, &[]),
    ("POST", "/k?uploads", Write, &[]),
    (
        "PUT",
        "/k?partNumber=1&uploadId=0123456789ABCDEF0123456789ABCDEF",
        Write,
        &[],
    ),
    (
        "POST",
        "/k?uploadId=0123456789ABCDEF0123456789ABCDEF",
        Write,
        &[],
    ),
    (
        "DELETE",
        "/k?uploadId=0123456789ABCDEF0123456789ABCDEF",
        Write,
        &[],
    ),
    (
        "GET",
        "/k?uploadId=0123456789ABCDEF0123456789ABCDEF",
        Owner,
        &[],
    ),
    ("DELETE", "/k", Write, &[]),
    ("PUT", "/k?acl", Owner, &[("x-oss-object-acl", "private")]),
    ("PUT", "/k?tagging", Owner, &[]),
    ("DELETE", "/k?tagging", Owner, &[]),
    ("POST", "/k?restore", Owner, &[]),
];

fn allows(acl: &str, kind: Kind) -> bool {
    match kind {
        Read => acl.starts_with("public-read"),
        Write => acl == "public-read-write",
        Owner => false,
    }
}

async fn set(cloud: &Cloud, target: &str, header: &'static str, acl: &str) {
    let put = cloud.ask("PUT", target).header(header, acl).send().await;
    put.expect(200);
}

async fn with(bucket: &str, object: &str) -> Cloud {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    set(&cloud, "/?acl", "x-oss-acl", bucket).await;
    set(&cloud, "/k?acl", "x-oss-object-acl", object).await;
    cloud
}

async fn send(cloud: &Cloud, row: &Row) -> Answer {
    let (method, target, _, headers) = *row;
    let mut ask = cloud.ask(method, target).by_nobody();
    for (name, value) in headers {
        ask = ask.header(name, value);
    }
    ask.body("").send().await
}

#[tokio::test]
async fn every_operation_under_every_acl() {
    for bucket in ["private", "public-read", "public-read-write"] {
        for object in ["default", "private", "public-read", "public-read-write"] {
            let acl = if object == "default" { bucket } else { object };
            for row in OPERATIONS {
                let cloud = with(bucket, object).await;
                let answer = send(&cloud, row).await;
                let context = format!("{row:?} {bucket} {object}: {}", answer.text());
                assert_eq!(answer.status != 403, allows(acl, row.2), "{context}");
                if answer.status == 403 && row.2 != Owner {
                    let ec = if object == "default" {
                        "0003-00000001"
                    } else {
                        "0003-00000005"
                    };
                    answer.refused(403, "AccessDenied", ec);
                }
            }
        }
    }
}

#[tokio::test]
async fn what_refusals_say() {
    let cloud = with("private", "default").await;
    let message = async |target: &str| {
        let answer = cloud.ask("GET", target).by_nobody().send().await;
        answer.expect(403).element("Message")
    };
    let by_bucket = "You have no right to access this object because of bucket acl.";
    assert_eq!(message("/k").await, by_bucket);
    assert_eq!(message("/none").await, by_bucket);
    assert_eq!(
        message("/k?acl").await,
        "You do not have read acl permission on this object."
    );
    let forbidden = "Anonymous access is forbidden for this operation.";
    for target in ["/", "/?acl", "/?uploads", "/?policy"] {
        assert_eq!(message(target).await, forbidden, "{target}");
    }
    set(&cloud, "/k?acl", "x-oss-object-acl", "private").await;
    assert_eq!(
        message("/k").await,
        "You have no right to access this object."
    );
}

/// An ACL of the bucket is about its objects, not about the bucket itself.
#[tokio::test]
async fn no_acl_opens_the_bucket_itself() {
    let cloud = with("public-read-write", "default").await;
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/?list-type=2"),
        ("GET", "/?acl"),
        ("PUT", "/?acl"),
        ("DELETE", "/"),
        ("GET", "/?bucketInfo"),
        ("PUT", "/?policy"),
        ("PUT", "/?cors"),
    ] {
        let answer = cloud.ask(method, target).by_nobody().body("").send().await;
        answer.refused(403, "AccessDenied", "0003-00001201");
    }
}

/// Each key of a multi-delete is a write to that object.
#[tokio::test]
async fn a_multi_delete_asks_for_each_key() {
    let document = "<Delete><Object><Key>k</Key></Object></Delete>";
    let md5 =
        base64::engine::general_purpose::STANDARD.encode(fast_md5::digest(document.as_bytes()));
    for (bucket, object, status) in [
        ("public-read", "default", 403),
        ("public-read-write", "private", 403),
        ("public-read-write", "default", 200),
        ("private", "public-read-write", 200),
    ] {
        let cloud = with(bucket, object).await;
        let ask = cloud.ask("POST", "/?delete").by_nobody();
        let answer = ask.header("content-md5", &md5).body(document).send().await;
        assert_eq!(
            answer.status,
            status,
            "{bucket} {object}: {}",
            answer.text()
        );
        let after = cloud.ask("GET", "/k").send().await.status;
        assert_eq!(after == 404, status == 200, "{bucket} {object}");
    }
}

/// What is read through a link or a copy is the target's and the source's business.
#[tokio::test]
async fn nothing_is_read_through_a_second_object() {
    let cloud = with("public-read-write", "private").await;
    let copy = cloud.ask("PUT", "/copy").by_nobody();
    let copy = copy
        .header("x-oss-copy-source", "/my-bucket/k")
        .send()
        .await;
    copy.refused(403, "AccessDenied", "0003-00000005");
    cloud.ask("GET", "/copy").send().await.expect(404);
}

//! PutBucket, PutBucketAcl, DeleteBucket and what tells of a bucket.

use crate::cloud::{Answer, Ask, Cloud, NOBODY, STRANGER, UID, USER, ask, elements};

fn create<'a>(bucket: &'a str, body: &'a str) -> Ask<'a> {
    Ask {
        body,
        ..ask("PUT", bucket, "/")
    }
}

fn document(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CreateBucketConfiguration>{inside}</CreateBucketConfiguration>"
    )
}

async fn acl(cloud: &Cloud, bucket: &str) -> String {
    cloud
        .ok("GET", bucket, "/?acl")
        .await
        .text("Grant")
        .to_owned()
}

fn refused(answer: &Answer, expected: (u16, &str, &str)) {
    assert_eq!(answer.refusal(), expected, "{}", answer.body);
}

#[tokio::test]
async fn a_new_bucket() {
    let cloud = Cloud::new();
    let made = cloud.ok("PUT", "photos", "/").await;
    assert_eq!(made.status, 200);
    assert_eq!(made.headers["location"], "/photos");
    assert_eq!(
        (
            made.headers["content-length"].as_bytes(),
            made.body.as_str()
        ),
        (b"0".as_slice(), "")
    );
    let location = cloud.ok("GET", "photos", "/?location").await;
    assert!(
        location
            .body
            .ends_with("<LocationConstraint>oss-cn-hangzhou</LocationConstraint>")
    );
    let acl = cloud.ok("GET", "photos", "/?acl").await;
    let expected = format!(
        "<AccessControlPolicy><Owner><ID>{UID}</ID><DisplayName>{UID}</DisplayName></Owner>\
         <AccessControlList><Grant>private</Grant></AccessControlList></AccessControlPolicy>"
    );
    assert!(acl.body.ends_with(&expected), "{}", acl.body);
}

#[tokio::test]
async fn what_is_known_of_a_bucket() {
    let cloud = Cloud::new();
    let body =
        document("<StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType>");
    let shenzhen = Ask {
        region: "cn-shenzhen",
        headers: &[("x-oss-acl", "public-read")],
        ..create("photos", &body)
    };
    cloud.send(&shenzhen).await.expect(200);
    let info = Ask {
        region: "cn-shenzhen",
        ..ask("GET", "photos", "/?bucketInfo")
    };
    let info = cloud.send(&info).await.expect(200);
    for (element, value) in [
        ("Name", "photos"),
        ("Location", "oss-cn-shenzhen"),
        ("ExtranetEndpoint", "oss-cn-shenzhen.aliyuncs.com"),
        ("IntranetEndpoint", "oss-cn-shenzhen-internal.aliyuncs.com"),
        ("StorageClass", "IA"),
        ("DataRedundancyType", "ZRS"),
        ("CreationDate", "2026-01-15T02:03:04.000Z"),
        ("Grant", "public-read"),
        ("ID", UID),
        ("DisplayName", UID),
        ("SSEAlgorithm", "None"),
    ] {
        assert_eq!(info.text(element), value, "{element}");
    }
    assert_eq!(elements(&info), ["Bucket"]);
    // The other region's endpoint sends the client to the right one.
    let wrong = cloud.send(&ask("GET", "photos", "/?bucketInfo")).await;
    refused(&wrong, (403, "AccessDenied", "0003-00001403"));
    assert_eq!(wrong.text("Endpoint"), "oss-cn-shenzhen.aliyuncs.com");
}

#[tokio::test]
async fn making_it_again_is_fine_as_long_as_nothing_changes() {
    let cloud = Cloud::new();
    let body = document("<StorageClass>IA</StorageClass>");
    cloud.send(&create("photos", &body)).await.expect(200);
    cloud.send(&create("photos", &body)).await.expect(200);
    cloud.send(&create("photos", "")).await.expect(200);
    for (again, message) in [
        (
            create("photos", &document("<StorageClass>Standard</StorageClass>")),
            "storage class",
        ),
        (
            create(
                "photos",
                &document("<DataRedundancyType>ZRS</DataRedundancyType>"),
            ),
            "data redundancy type",
        ),
        (
            Ask {
                region: "cn-beijing",
                ..create("photos", "")
            },
            "location",
        ),
        (
            Ask {
                caller: STRANGER,
                ..create("photos", &body)
            },
            "not available",
        ),
    ] {
        let answer = cloud.send(&again).await;
        refused(&answer, (409, "BucketAlreadyExists", "0015-00000104"));
        assert!(answer.text("Message").contains(message), "{}", answer.body);
    }
    assert_eq!(acl(&cloud, "photos").await, "private");
    let public = Ask {
        headers: &[("x-oss-acl", "public-read")],
        ..create("photos", "")
    };
    cloud.send(&public).await.expect(200);
    assert_eq!(acl(&cloud, "photos").await, "public-read");
    cloud.send(&create("photos", "")).await.expect(200);
    assert_eq!(acl(&cloud, "photos").await, "public-read");
}

#[tokio::test]
async fn the_acl_of_a_bucket_is_a_permission_of_its_own() {
    let policy = r#"{"Version":"1","Statement":[
        {"Effect":"Allow","Action":"oss:PutBucket","Resource":"*"}]}"#;
    let cloud = Cloud::with_policy(policy);
    let by_user = |headers| Ask {
        caller: USER,
        headers,
        ..create("photos", "")
    };
    cloud
        .send(&by_user(&[("x-oss-acl", "public-read")]))
        .await
        .expect(200);
    cloud
        .send(&by_user(&[("x-oss-acl", "public-read")]))
        .await
        .expect(200);
    let answer = cloud.send(&by_user(&[("x-oss-acl", "private")])).await;
    assert_eq!(answer.refusal().1, "AccessDenied");
    assert_eq!(acl(&cloud, "photos").await, "public-read");
}

#[tokio::test]
async fn bad_requests_make_nothing() {
    let cloud = Cloud::new();
    let large = document(&" ".repeat(1 << 20));
    for (body, expected) in [
        (
            "<CreateBucketConfiguration>",
            (400, "MalformedXML", "0015-00000231"),
        ),
        (
            "<OverwriteConfiguration/>",
            (400, "MalformedXML", "0015-00000231"),
        ),
        ("not XML", (400, "MalformedXML", "0015-00000231")),
        (&large, (400, "MalformedXML", "-")),
        (
            &document("<StorageClass>Cheap</StorageClass>"),
            (400, "InvalidArgument", "0013-00000101"),
        ),
        (
            &document("<DataRedundancyType>RAID</DataRedundancyType>"),
            (400, "InvalidArgument", "0015-00000216"),
        ),
        (
            &document("<LocationConstraint>oss-cn-beijing</LocationConstraint>"),
            (400, "InvalidLocationConstraint", "-"),
        ),
    ] {
        refused(&cloud.send(&create("photos", body)).await, expected);
    }
    let bad_acl = Ask {
        headers: &[("x-oss-acl", "public")],
        ..create("photos", "")
    };
    let answer = cloud.send(&bad_acl).await;
    refused(&answer, (400, "InvalidArgument", "0015-00000204"));
    assert_eq!(
        answer.text("Message"),
        "no such bucket access control exists"
    );
    let nowhere = Ask {
        region: "cn-nowhere",
        ..create("photos", "")
    };
    let answer = cloud.send(&nowhere).await;
    refused(&answer, (400, "InvalidHostPutBucket", "-"));
    let anonymous = Ask {
        caller: NOBODY,
        ..create("photos", "")
    };
    assert_eq!(cloud.send(&anonymous).await.refusal().1, "AccessDenied");
    let missing = cloud.send(&ask("GET", "photos", "/?acl")).await;
    refused(&missing, (404, "NoSuchBucket", "0015-00000101"));
}

#[tokio::test]
async fn put_acl_makes_a_bucket_that_is_missing() {
    let cloud = Cloud::new();
    let put = |value| Ask {
        headers: value,
        ..ask("PUT", "photos", "/?acl")
    };
    refused(
        &cloud.send(&put(&[])).await,
        (404, "NoSuchBucket", "0015-00000101"),
    );
    cloud
        .send(&put(&[("x-oss-acl", "public-read-write")]))
        .await
        .expect(200);
    assert_eq!(acl(&cloud, "photos").await, "public-read-write");
    cloud.send(&put(&[])).await.expect(200);
    assert_eq!(acl(&cloud, "photos").await, "public-read-write");
    cloud
        .send(&put(&[("x-oss-acl", "private")]))
        .await
        .expect(200);
    assert_eq!(acl(&cloud, "photos").await, "private");
    refused(
        &cloud.send(&put(&[("x-oss-acl", "default")])).await,
        (400, "InvalidArgument", "0015-00000204"),
    );
    let strange = Ask {
        caller: STRANGER,
        ..put(&[("x-oss-acl", "public-read")])
    };
    assert_eq!(cloud.send(&strange).await.refusal().1, "AccessDenied");

    let policy = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:PutBucketAcl","Resource":"*"}]}"#;
    let cloud = Cloud::with_policy(policy);
    let by_user = Ask {
        caller: USER,
        ..put(&[("x-oss-acl", "private")])
    };
    assert_eq!(cloud.send(&by_user).await.refusal().1, "AccessDenied");
}

#[tokio::test]
async fn an_account_has_a_hundred_buckets_in_a_region() {
    let cloud = Cloud::new();
    for number in 0..100 {
        cloud.ok("PUT", &format!("bucket-{number}"), "/").await;
    }
    let one_more = cloud.send(&create("bucket-100", "")).await;
    refused(&one_more, (400, "TooManyBuckets", "-"));
    cloud.send(&create("bucket-7", "")).await.expect(200);
    cloud
        .send(&Ask {
            region: "cn-beijing",
            ..create("bucket-100", "")
        })
        .await
        .expect(200);
    cloud
        .send(&Ask {
            caller: STRANGER,
            ..create("bucket-101", "")
        })
        .await
        .expect(200);
    cloud.ok("DELETE", "bucket-7", "/").await;
    cloud.send(&create("bucket-102", "")).await.expect(200);
}

#[tokio::test]
async fn only_an_empty_bucket_goes() {
    let cloud = Cloud::new();
    cloud.ok("PUT", "photos", "/").await;
    cloud.ok("PUT", "photos", "/a").await;
    let full = cloud.send(&ask("DELETE", "photos", "/")).await;
    refused(&full, (409, "BucketNotEmpty", "0015-00000301"));
    assert_eq!(full.text("BucketName"), "photos");
    cloud.ok("PUT", "photos", "/b").await;
    cloud.ok("DELETE", "photos", "/a").await;
    cloud.ok("DELETE", "photos", "/b").await;
    assert_eq!(cloud.ok("DELETE", "photos", "/").await.status, 204);
    for (method, target) in [
        ("DELETE", "/"),
        ("GET", "/"),
        ("PUT", "/a"),
        ("GET", "/?stat"),
    ] {
        let gone = cloud.send(&ask(method, "photos", target)).await;
        refused(&gone, (404, "NoSuchBucket", "0015-00000101"));
    }
    // The name is free for anybody, and nothing of the old bucket comes back.
    cloud
        .send(&Ask {
            caller: STRANGER,
            ..create("photos", "")
        })
        .await
        .expect(200);
    let stat = cloud
        .send(&Ask {
            caller: STRANGER,
            ..ask("GET", "photos", "/?stat")
        })
        .await;
    assert_eq!(stat.text("ObjectCount"), "0");
}

#[tokio::test]
async fn what_a_bucket_holds_is_counted() {
    let cloud = Cloud::new();
    cloud.ok("PUT", "photos", "/").await;
    let put = |key, class, body| Ask {
        headers: class,
        body,
        ..ask("PUT", "photos", key)
    };
    cloud.send(&put("/a", &[], "12345")).await.expect(200);
    cloud.send(&put("/a", &[], "123")).await.expect(200);
    cloud
        .send(&put("/b", &[("x-oss-storage-class", "IA")], "1234567"))
        .await
        .expect(200);
    let stat = cloud.ok("GET", "photos", "/?stat").await;
    let expected = "<BucketStat><Storage>10</Storage><ObjectCount>2</ObjectCount>\
        <MultipartUploadCount>0</MultipartUploadCount><LiveChannelCount>0</LiveChannelCount>\
        <LastModifiedTime>1768442584</LastModifiedTime>\
        <StandardStorage>3</StandardStorage><StandardObjectCount>1</StandardObjectCount>\
        <InfrequentAccessStorage>65536</InfrequentAccessStorage>\
        <InfrequentAccessRealStorage>7</InfrequentAccessRealStorage>\
        <InfrequentAccessObjectCount>1</InfrequentAccessObjectCount>";
    assert!(stat.body.contains(expected), "{}", stat.body);
    cloud.send(&put("/b", &[], "1")).await.expect(200);
    cloud.ok("DELETE", "photos", "/a").await;
    let stat = cloud.ok("GET", "photos", "/?stat").await;
    for (element, value) in [
        ("Storage", "1"),
        ("ObjectCount", "1"),
        ("StandardStorage", "1"),
        ("InfrequentAccessStorage", "0"),
        ("InfrequentAccessObjectCount", "0"),
    ] {
        assert_eq!(stat.text(element), value, "{element}");
    }
}

#[tokio::test]
async fn others_may_not() {
    let cloud = Cloud::new();
    cloud.ok("PUT", "photos", "/").await;
    for caller in [STRANGER, USER, NOBODY] {
        for (method, target) in [
            ("DELETE", "/"),
            ("GET", "/?acl"),
            ("GET", "/?bucketInfo"),
            ("GET", "/?location"),
            ("GET", "/?stat"),
        ] {
            let answer = cloud
                .send(&Ask {
                    caller,
                    ..ask(method, "photos", target)
                })
                .await;
            assert_eq!(
                (answer.status, answer.text("Code")),
                (403, "AccessDenied"),
                "{caller} {method} {target}"
            );
        }
    }
}

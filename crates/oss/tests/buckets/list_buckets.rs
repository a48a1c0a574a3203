//! ListBuckets.

use crate::cloud::{Ask, Cloud, NOBODY, STRANGER, UID, USER, ask, elements};

async fn several() -> Cloud {
    let cloud = Cloud::new();
    for (bucket, region) in [
        ("b-1", "cn-hangzhou"),
        ("a-1", "cn-beijing"),
        ("b-2", "cn-hangzhou"),
        ("b-3", "cn-hangzhou"),
    ] {
        cloud
            .send(&Ask {
                region,
                ..ask("PUT", bucket, "/")
            })
            .await
            .expect(200);
    }
    cloud
        .send(&Ask {
            caller: STRANGER,
            ..ask("PUT", "b-2-other", "/")
        })
        .await
        .expect(200);
    cloud
}

#[tokio::test]
async fn all_regions_and_no_word_about_pages() {
    let answer = several().await.ok("GET", "", "/").await;
    assert_eq!(elements(&answer), ["Owner", "Buckets"]);
    assert_eq!(answer.texts("Name"), ["a-1", "b-1", "b-2", "b-3"]);
    assert_eq!(
        answer.text("Owner"),
        format!("<ID>{UID}</ID><DisplayName>{UID}</DisplayName>")
    );
    assert_eq!(
        answer.text("Bucket"),
        "<CreationDate>2026-01-15T02:03:04.000Z</CreationDate>\
         <ExtranetEndpoint>oss-cn-beijing.aliyuncs.com</ExtranetEndpoint>\
         <IntranetEndpoint>oss-cn-beijing-internal.aliyuncs.com</IntranetEndpoint>\
         <Location>oss-cn-beijing</Location><Name>a-1</Name><Region>cn-beijing</Region><ResourceGroupId>rg-acfmbdc2u6ivowa</ResourceGroupId>\
         <StorageClass>Standard</StorageClass>"
    );
}

#[tokio::test]
async fn pages() {
    let cloud = several().await;
    let first = cloud.ok("GET", "", "/?prefix=b-&max-keys=2").await;
    let expected = [
        "Prefix",
        "Marker",
        "MaxKeys",
        "IsTruncated",
        "NextMarker",
        "Owner",
        "Buckets",
    ];
    assert_eq!(elements(&first), expected);
    assert_eq!(first.texts("Name"), ["b-1", "b-2"]);
    assert_eq!(
        (first.text("IsTruncated"), first.text("NextMarker")),
        ("true", "b-2")
    );
    let second = cloud
        .ok("GET", "", "/?prefix=b-&max-keys=2&marker=b-2")
        .await;
    assert_eq!(
        (second.texts("Name"), second.text("IsTruncated")),
        (vec!["b-3"], "false")
    );
    assert_eq!(
        (second.text("Prefix"), second.text("Marker")),
        ("b-", "b-2")
    );
    let before = cloud.ok("GET", "", "/?prefix=b-&marker=a").await;
    assert_eq!(before.texts("Name").len(), 3);
    let behind = cloud.ok("GET", "", "/?prefix=b-&marker=c").await;
    assert_eq!(
        (behind.texts("Name").len(), behind.text("MaxKeys")),
        (0, "100")
    );
}

#[tokio::test]
async fn refusals() {
    let cloud = several().await;
    for bad in ["0", "1001", "x"] {
        let answer = cloud
            .send(&ask("GET", "", &format!("/?max-keys={bad}")))
            .await;
        assert_eq!(
            answer.refusal(),
            (400, "InvalidArgument", "0017-00000289"),
            "{bad}"
        );
        assert_eq!(
            answer.text("Message"),
            "Argument max-keys must be an integer between 1 and 1000."
        );
    }
    let anonymous = cloud
        .send(&Ask {
            caller: NOBODY,
            ..ask("GET", "", "/")
        })
        .await;
    assert_eq!(anonymous.refusal(), (403, "AccessDenied", "0003-00001201"));
    let user = cloud
        .send(&Ask {
            caller: USER,
            ..ask("GET", "", "/")
        })
        .await;
    assert_eq!(user.refusal().1, "AccessDenied");
}

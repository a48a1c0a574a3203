//! ListObjects and ListObjectsV2.

use crate::cloud::{Answer, Ask, Cloud, NOBODY, STRANGER, UID, USER, ask, elements};

async fn bucket_of(keys: &[&str]) -> Cloud {
    let cloud = Cloud::new();
    cloud.ok("PUT", "photos", "/").await;
    for key in keys {
        let put = Ask {
            body: "hello",
            ..ask("PUT", "photos", key)
        };
        cloud.send(&put).await.expect(200);
    }
    cloud
}

async fn list(cloud: &Cloud, query: &str) -> Answer {
    cloud.ok("GET", "photos", &format!("/{query}")).await
}

#[tokio::test]
async fn the_first_version_has_its_elements_in_order() {
    let cloud = bucket_of(&["/a", "/b/1", "/c"]).await;
    let answer = list(
        &cloud,
        "?delimiter=/&max-keys=2&encoding-type=url&prefix=&marker=",
    )
    .await;
    assert_eq!(answer.headers["content-type"], "application/xml");
    let expected = [
        "Name",
        "Prefix",
        "Marker",
        "MaxKeys",
        "Delimiter",
        "EncodingType",
        "IsTruncated",
        "NextMarker",
        "Contents",
        "CommonPrefixes",
    ];
    assert_eq!(elements(&answer), expected);
    assert_eq!(answer.text("Delimiter"), "%2F");
    assert_eq!(answer.text("NextMarker"), "b%2F");
    assert_eq!(
        answer.text("Contents"),
        format!(
            "<Key>a</Key><LastModified>2026-01-15T02:03:04.000Z</LastModified>\
             <ETag>\"5D41402ABC4B2A76B9719D911017C592\"</ETag><Type>Normal</Type><Size>5</Size>\
             <StorageClass>Standard</StorageClass><Owner><ID>{UID}</ID><DisplayName>{UID}</DisplayName></Owner>"
        )
    );
    assert_eq!(answer.text("CommonPrefixes"), "<Prefix>b%2F</Prefix>");
}

#[tokio::test]
async fn an_empty_bucket_lists_nothing() {
    let cloud = bucket_of(&[]).await;
    let answer = list(&cloud, "").await;
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult><Name>photos</Name><Prefix></Prefix>\
                    <Marker></Marker><MaxKeys>100</MaxKeys><Delimiter></Delimiter><IsTruncated>false</IsTruncated>\
                    </ListBucketResult>";
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn a_truncated_listing_names_where_to_go_on_without_a_delimiter_too() {
    let cloud = bucket_of(&["/a", "/b", "/c"]).await;
    let first = list(&cloud, "?max-keys=2").await;
    assert_eq!(
        (first.text("IsTruncated"), first.text("NextMarker")),
        ("true", "b")
    );
    let second = list(&cloud, "?max-keys=2&marker=b").await;
    assert_eq!(
        (second.texts("Key"), second.text("IsTruncated")),
        (vec!["c"], "false")
    );
    assert_eq!(second.text("NextMarker"), "-");
}

#[tokio::test]
async fn the_second_version_continues_with_tokens() {
    let cloud = bucket_of(&["/a", "/b", "/bc", "/d/1", "/d/2"]).await;
    let first = list(&cloud, "?list-type=2&max-keys=2&start-after=a").await;
    let expected = [
        "Name",
        "Prefix",
        "StartAfter",
        "MaxKeys",
        "Delimiter",
        "IsTruncated",
        "NextContinuationToken",
        "Contents",
        "KeyCount",
    ];
    assert_eq!(elements(&first), expected);
    assert_eq!(first.texts("Key"), ["b", "bc"]);
    assert_eq!(
        (first.text("NextContinuationToken"), first.text("KeyCount")),
        ("CgJiYw--", "2")
    );
    assert_eq!(first.text("Owner"), "-");

    let query =
        "?list-type=2&delimiter=/&continuation-token=CgJiYw--&start-after=a&fetch-owner=true";
    let second = list(&cloud, query).await;
    assert_eq!(second.text("ContinuationToken"), "CgJiYw--");
    assert_eq!(second.text("CommonPrefixes"), "<Prefix>d/</Prefix>");
    assert_eq!(
        (second.text("IsTruncated"), second.text("KeyCount")),
        ("false", "1")
    );
    let owners = list(&cloud, "?list-type=2&fetch-owner=true&max-keys=1").await;
    assert_eq!(
        owners.text("Owner"),
        format!("<ID>{UID}</ID><DisplayName>{UID}</DisplayName>")
    );
}

#[tokio::test]
async fn keys_that_xml_cannot_hold() {
    let cloud = bucket_of(&["/a%01%26%3C%0D", "/%E4%BD%A0%20+"]).await;
    let plain = list(&cloud, "").await;
    assert_eq!(plain.texts("Key"), ["a&#x1;&amp;&lt;&#xD;", "你 +"]);
    let escaped = list(&cloud, "?encoding-type=URL").await;
    assert_eq!(escaped.texts("Key"), ["a%01%26%3C%0D", "%E4%BD%A0%20%2B"]);
    assert_eq!(escaped.text("EncodingType"), "URL");
}

#[tokio::test]
async fn bad_parameters() {
    let cloud = bucket_of(&[]).await;
    let long = "x".repeat(1024);
    for (query, ec, argument) in [
        ("?max-keys=0".to_owned(), "0015-00000402", "max-keys"),
        ("?max-keys=1001".to_owned(), "0015-00000402", "max-keys"),
        (
            "?list-type=2&max-keys=x".to_owned(),
            "0015-00000402",
            "max-keys",
        ),
        (format!("?prefix={long}"), "0015-00000403", "prefix"),
        (format!("?marker={long}"), "0015-00000405", "marker"),
        (format!("?delimiter={long}"), "0015-00000406", "delimiter"),
        (
            "?list-type=2&continuation-token=2".to_owned(),
            "0015-00000404",
            "continuation-token",
        ),
        ("?list-type=3".to_owned(), "0015-00000401", "list-type"),
        (
            "?encoding-type=base64".to_owned(),
            "0017-00000235",
            "encoding-type",
        ),
    ] {
        let answer = cloud
            .send(&ask("GET", "photos", &format!("/{query}")))
            .await;
        assert_eq!(answer.refusal(), (400, "InvalidArgument", ec), "{query}");
        assert_eq!(answer.text("ArgumentName"), argument);
    }
}

#[tokio::test]
async fn who_may_list() {
    let policy = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:ListObjects",
        "Resource":"acs:oss:*:*:photos","Condition":{"StringLike":{"oss:Prefix":"mine/*"}}}]}"#;
    let cloud = Cloud::with_policy(policy);
    cloud.ok("PUT", "photos", "/").await;
    let by = |caller, target| Ask {
        caller,
        ..ask("GET", "photos", target)
    };
    assert_eq!(cloud.send(&by(USER, "/?prefix=mine/")).await.status, 200);
    assert_eq!(
        cloud
            .send(&by(USER, "/?list-type=2&prefix=mine/"))
            .await
            .status,
        200
    );
    for refused in [
        by(USER, "/"),
        by(USER, "/?list-type=2"),
        by(STRANGER, "/"),
        by(NOBODY, "/"),
    ] {
        assert_eq!(
            cloud.send(&refused).await.refusal().1,
            "AccessDenied",
            "{refused:?}"
        );
    }
    // A public bucket gives away its objects, not its listing.
    let public = Ask {
        headers: &[("x-oss-acl", "public-read")],
        ..ask("PUT", "photos", "/?acl")
    };
    cloud.send(&public).await.expect(200);
    assert_eq!(
        cloud.send(&by(NOBODY, "/")).await.refusal().1,
        "AccessDenied"
    );
    let missing = cloud
        .send(&ask("GET", "no-such-bucket", "/?list-type=2"))
        .await;
    assert_eq!(missing.refusal(), (404, "NoSuchBucket", "0015-00000101"));
}

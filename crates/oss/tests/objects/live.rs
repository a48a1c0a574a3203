//! Live channels, to which nothing can be pushed.

use crate::cloud::{Answer, Cloud, STRANGER};

fn configuration(inside: &str) -> String {
    let target = format!("<Target><Type>HLS</Type>{inside}</Target>");
    format!("<LiveChannelConfiguration>{target}</LiveChannelConfiguration>")
}

async fn put(cloud: &Cloud, name: &str) -> Answer {
    let ask = cloud.ask("PUT", &format!("/{name}?live"));
    ask.body(configuration("")).send().await
}

#[tokio::test]
async fn a_channels_life() {
    let cloud = Cloud::new().await;
    let made = put(&cloud, "ch").await.expect(200);
    let host = "my-bucket.oss-cn-hangzhou.aliyuncs.com";
    let expected = format!(
        "<CreateLiveChannelResult><PublishUrls><Url>rtmp://{host}/live/ch</Url></PublishUrls>\
         <PlayUrls><Url>http://{host}/ch/playlist.m3u8</Url></PlayUrls></CreateLiveChannelResult>"
    );
    assert!(made.text().contains(&expected), "{}", made.text());
    let get = |query: &str| cloud.ask("GET", &format!("/ch?live{query}")).send();
    let info = get("").await.expect(200);
    for (element, value) in [
        ("Status", "enabled"),
        ("Type", "HLS"),
        ("FragDuration", "5"),
        ("FragCount", "3"),
        ("PlaylistName", "playlist.m3u8"),
    ] {
        assert_eq!(info.element(element), value, "{element}");
    }
    assert_eq!(get("&comp=stat").await.element("Status"), "Idle");
    let disable = cloud.ask("PUT", "/ch?live&status=disabled").send();
    disable.await.expect(200);
    assert_eq!(get("&comp=stat").await.element("Status"), "Disabled");
    assert_eq!(get("").await.element("Status"), "disabled");
    let history = get("&comp=history").await.expect(200);
    assert_eq!(history.element("LiveChannelHistory"), "");
    cloud.ask("GET", "/ch").send().await.expect(404);
    let count = cloud.ask("GET", "/?stat").send().await;
    assert_eq!(count.element("LiveChannelCount"), "1");
    let bucket = cloud.ask("DELETE", "/").send().await;
    bucket.refused(409, "BucketNotEmpty", "0015-00000301");
    for _ in 0..2 {
        cloud.ask("DELETE", "/ch?live").send().await.expect(204);
    }
    cloud.ask("DELETE", "/").send().await.expect(204);
}

#[tokio::test]
async fn channels_are_listed_in_pages() {
    let cloud = Cloud::new().await;
    for name in ["a1", "a2", "b1"] {
        put(&cloud, name).await.expect(200);
    }
    let list = |query: &str| cloud.ask("GET", &format!("/?live{query}")).send();
    let names = |answer: &Answer| {
        let text = answer.text();
        let names = text.split("<Name>").skip(1);
        let names = names.filter_map(|rest| Some(rest.split_once('<')?.0.to_owned()));
        names.collect::<Vec<_>>()
    };
    let all = list("").await.expect(200);
    assert_eq!(names(&all), ["a1", "a2", "b1"]);
    assert_eq!(all.element("MaxKeys"), "100");
    assert_eq!(all.element("LastModified"), "2026-01-15T02:03:04.000Z");
    let first = list("&max-keys=2").await.expect(200);
    assert_eq!(names(&first), ["a1", "a2"]);
    let next = (first.element("IsTruncated"), first.element("NextMarker"));
    assert_eq!(next, ("true".into(), "a2".into()));
    let rest = list("&marker=a2").await.expect(200);
    assert_eq!(
        (names(&rest), rest.element("NextMarker")),
        (vec!["b1".to_owned()], String::new())
    );
    assert_eq!(names(&list("&prefix=a").await), ["a1", "a2"]);
    assert_eq!(names(&list("&prefix=a&marker=a1").await), ["a2"]);
    assert_eq!(names(&list("&prefix=b&marker=a1").await), ["b1"]);
    let bad = list("&max-keys=1001").await;
    bad.refused(400, "InvalidArgument", "0017-00000289");
}

#[tokio::test]
async fn bad_channels() {
    let cloud = Cloud::new().await;
    for (method, query) in [
        ("GET", "live"),
        ("GET", "live&comp=stat"),
        ("GET", "live&comp=history"),
        ("PUT", "live&status=enabled"),
    ] {
        let answer = cloud.ask(method, &format!("/none?{query}")).send().await;
        answer.refused(404, "NoSuchLiveChannel", "-");
    }
    let slash = put(&cloud, "a/b").await;
    slash.refused(400, "InvalidChannelName", "0017-00000260");
    let long = put(&cloud, &"x".repeat(64)).await;
    long.refused(400, "InvalidChannelName", "0017-00000258");
    put(&cloud, &"x".repeat(63)).await.expect(200);
    put(&cloud, "ch").await.expect(200);
    let frag = configuration("<FragCount>0</FragCount>");
    let frag = cloud.ask("PUT", "/ch?live").body(frag).send().await;
    frag.refused(400, "InvalidArgument", "0044-00000015");
    let empty = cloud.ask("PUT", "/ch?live").body("").send().await;
    empty.refused(400, "MalformedXML", "-");
    let status = cloud.ask("PUT", "/ch?live&status=on").send().await;
    status.refused(400, "InvalidArgument", "0044-00000002");
    let comp = cloud.ask("GET", "/ch?live&comp=other").send().await;
    comp.refused(400, "NotImplemented", "-");
    let vod = cloud.ask("GET", "/ch?vod&startTime=1&endTime=2").send();
    vod.await.refused(400, "NotImplemented", "-");
    let info = cloud.ask("GET", "/ch?live").send().await;
    assert_eq!(info.element("FragCount"), "3");
}

#[tokio::test]
async fn an_acl_gives_no_channels_away() {
    let cloud = Cloud::new().await;
    let acl = cloud
        .ask("PUT", "/?acl")
        .header("x-oss-acl", "public-read-write");
    acl.send().await.expect(200);
    put(&cloud, "ch").await.expect(200);
    for (method, query) in [
        ("GET", "live"),
        ("PUT", "live&status=disabled"),
        ("DELETE", "live"),
    ] {
        let target = format!("/ch?{query}");
        let anonymous = cloud.ask(method, &target).by_nobody().send().await;
        assert_eq!(anonymous.status, 403, "{method}");
        let stranger = cloud.ask(method, &target).by(STRANGER).send().await;
        assert_eq!(stranger.status, 403, "{method}");
    }
}

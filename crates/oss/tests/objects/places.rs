//! Where buckets and keys stand in a request, and which endpoint serves them (§1).

use crate::cloud::Cloud;

#[tokio::test]
async fn path_style_is_for_bare_hosts() {
    let cloud = Cloud::new().await;
    cloud.store("/a/b", "x").await;
    for host in ["127.0.0.1:4577", "localhost", "[::1]:80"] {
        let got = cloud.ask("GET", "/my-bucket/a/b").host(host).send().await;
        assert_eq!(got.expect(200).text(), "x");
    }
    let host = "oss-cn-hangzhou.aliyuncs.com";
    for target in ["/my-bucket/a/b", "/my-bucket?acl"] {
        let answer = cloud.ask("GET", target).host(host).send().await;
        answer.refused(403, "SecondLevelDomainForbidden", "-");
        assert_eq!(answer.element("HostId"), host);
    }
    let head = cloud.ask("HEAD", "/my-bucket/a/b").host(host).send().await;
    head.refused(403, "SecondLevelDomainForbidden", "-");
}

#[tokio::test]
async fn another_regions_endpoint_names_the_right_one() {
    let cloud = Cloud::new().await;
    cloud.make("far-away", "cn-shenzhen").await;
    let ask = cloud
        .ask("GET", "/k")
        .host("far-away.oss-cn-hangzhou-internal.aliyuncs.com");
    let answer = ask.send().await;
    answer.refused(403, "AccessDenied", "0003-00001403");
    let expected = "</HostId><Bucket>far-away</Bucket>\
                    <Endpoint>oss-cn-shenzhen.aliyuncs.com</Endpoint><EC>";
    assert!(answer.text().contains(expected), "{}", answer.text());
    let right = cloud
        .ask("GET", "/k")
        .host("far-away.oss-cn-shenzhen-internal.aliyuncs.com");
    right.send().await.expect(404);
}

#[tokio::test]
async fn every_family_of_hosts() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    let get = |host: &str| cloud.ask("GET", "/k").host(host).send();
    for host in [
        "my-bucket.oss-cn-hangzhou-internal.aliyuncs.com",
        "my-bucket.cn-hangzhou.oss.aliyuncs.com",
        "my-bucket.oss.aliyuncs.com",
        "MY-BUCKET.OSS-cn-hangzhou.aliyuncs.com:80",
        "my-bucket.localhost:4577",
    ] {
        assert_eq!(get(host).await.expect(200).text(), "x", "{host}");
    }
    let far = get("my-bucket.cn-shenzhen.oss.aliyuncs.com").await;
    far.refused(403, "AccessDenied", "0003-00001403");
    let nowhere = "oss-cn-nowhere-internal.aliyuncs.com";
    for host in [&*format!("my-bucket.{nowhere}"), nowhere] {
        let list = cloud.ask("GET", "/").host(host).send().await;
        list.refused(403, "NonStandardHostForbidden", "-");
    }
}

#[tokio::test]
async fn acceleration_endpoints_serve_who_asked_for_it() {
    let cloud = Cloud::new().await;
    cloud.store("/k", "x").await;
    let hosts = ["oss-accelerate", "oss-accelerate-overseas"];
    let hosts = hosts.map(|name| format!("my-bucket.{name}.aliyuncs.com"));
    let set = |on: bool| {
        let body = format!(
            "<TransferAccelerationConfiguration><Enabled>{on}</Enabled></TransferAccelerationConfiguration>"
        );
        cloud.ask("PUT", "/?transferAcceleration").body(body).send()
    };
    for (on, status) in [(None, 403), (Some(true), 200), (Some(false), 403)] {
        if let Some(on) = on {
            set(on).await.expect(200);
        }
        for host in &hosts {
            let got = cloud.ask("GET", "/k").host(host).send().await;
            assert_eq!(got.status, status, "{on:?} {host}");
            if status == 403 {
                got.refused(403, "TransferAccelerationDisabled", "-");
            }
        }
    }
    let put = cloud
        .ask("PUT", "/")
        .host("new-one.oss-accelerate.aliyuncs.com");
    put.send().await.refused(400, "InvalidHostPutBucket", "-");
    let list = cloud.ask("GET", "/").host("oss-accelerate.aliyuncs.com");
    list.send().await.expect(200);
}

#[tokio::test]
async fn keys_are_taken_as_they_are() {
    let cloud = Cloud::new().await;
    let long = format!("/{}", "k".repeat(1023));
    for (put, get) in [
        ("/a//b", "/a%2F%2Fb"),
        ("/../etc/passwd", "/%2e%2e/etc%2Fpasswd"),
        ("/./a", "/%2E/a"),
        ("/%E4%BD%A0%20%2B+", "/%e4%bd%a0%20++"),
        ("/%0A%01", "/%0a%01"),
        (long.as_str(), long.as_str()),
    ] {
        cloud.store(put, put).await;
        let got = cloud.ask("GET", get).send().await.expect(200);
        assert_eq!(got.text(), put);
    }
    assert_eq!(cloud.rows("oss/head/").await, 6);
}

#[tokio::test]
async fn keys_that_no_object_can_have() {
    let cloud = Cloud::new().await;
    let put = |target: &str| cloud.ask("PUT", target).body("x").send();
    put("//a")
        .await
        .refused(400, "InvalidObjectName", "0016-00000005");
    put("/%5Ca")
        .await
        .refused(400, "InvalidObjectName", "0016-00000005");
    put("/%FF")
        .await
        .refused(400, "InvalidObjectName", "0016-00000002");
    put("/a%00b")
        .await
        .refused(400, "InvalidObjectName", "0016-00000002");
    let long = format!("/{}", "k".repeat(1024));
    let answer = put(&long).await;
    answer.refused(400, "InvalidObjectName", "0016-00000002");
    let message = "The Length of Object name must be less than 1024.";
    assert_eq!(answer.element("Message"), message);
    let query = cloud.ask("GET", "/k?a=%FF").send().await;
    query.refused(400, "InvalidArgument", "-");
    assert_eq!(cloud.rows("oss/head/").await, 0);
}

#[tokio::test]
async fn buckets_that_cannot_be() {
    let cloud = Cloud::new().await;
    for host in [
        "a_b.oss-cn-hangzhou.aliyuncs.com",
        "ab.oss-cn-hangzhou.aliyuncs.com",
    ] {
        let answer = cloud.ask("GET", "/").host(host).send().await;
        answer.refused(400, "InvalidBucketName", "0015-00000001");
    }
    let answer = cloud
        .ask("PUT", "/Not_A_Bucket/k")
        .host("127.0.0.1")
        .body("x")
        .send()
        .await;
    answer.refused(400, "InvalidBucketName", "0015-00000001");
    assert_eq!(answer.element("BucketName"), "Not_A_Bucket");
}

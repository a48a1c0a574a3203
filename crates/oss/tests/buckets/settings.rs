//! Settings of buckets: what every one of them has in common.

use crate::cloud::{Ask, Cloud, ask};

const ON: &str = "<TransferAccelerationConfiguration><Enabled>true</Enabled></TransferAccelerationConfiguration>";
const TARGET: &str = "/?transferAcceleration";

fn put<'a>(bucket: &'a str, body: &'a str) -> Ask<'a> {
    Ask {
        body,
        ..ask("PUT", bucket, TARGET)
    }
}

async fn enabled(cloud: &Cloud, bucket: &str) -> String {
    let got = cloud.ok("GET", bucket, TARGET).await;
    got.text("Enabled").to_owned()
}

async fn is_unset(cloud: &Cloud, bucket: &str) {
    let got = cloud.send(&ask("GET", bucket, TARGET)).await;
    let code = "NoSuchTransferAccelerationConfiguration";
    assert_eq!(got.refusal(), (404, code, "-"));
}

#[tokio::test]
async fn transfer_acceleration() {
    let cloud = Cloud::new();
    cloud.ok("PUT", "b-1", "/").await;
    is_unset(&cloud, "b-1").await;
    cloud.send(&put("b-1", ON)).await.expect(200);
    assert_eq!(enabled(&cloud, "b-1").await, "true");
    let info = cloud.ok("GET", "b-1", "/?bucketInfo").await;
    assert_eq!(info.text("TransferAcceleration"), "Enabled");
    for bad in [
        "",
        "<TransferAccelerationConfiguration/>",
        "<TransferAccelerationConfiguration><Enabled>1</Enabled></TransferAccelerationConfiguration>",
        "<Other><Enabled>true</Enabled></Other>",
    ] {
        let answer = cloud.send(&put("b-1", bad)).await;
        assert_eq!(answer.refusal(), (400, "MalformedXML", "-"), "{bad}");
    }
    cloud
        .send(&put("b-1", &ON.replace("true", "false")))
        .await
        .expect(200);
    assert_eq!(enabled(&cloud, "b-1").await, "false");
    cloud.send(&put("b-2", ON)).await.expect(404);
}

#[tokio::test]
async fn a_deleted_bucket_takes_its_settings_along() {
    let cloud = Cloud::new();
    cloud.ok("PUT", "b-1", "/").await;
    let on = put("b-1", ON);
    cloud.send(&on).await.expect(200);
    assert_eq!(cloud.rows("oss/setting/").await, 1);
    cloud.ok("DELETE", "b-1", "/").await;
    assert_eq!(cloud.rows("oss/setting/").await, 0);
    cloud.send(&on).await.expect(404);
    cloud.ok("PUT", "b-1", "/").await;
    is_unset(&cloud, "b-1").await;
}

/// Whoever wins, no setting outlives its bucket.
#[tokio::test]
async fn settings_race_with_the_deletion_of_their_bucket() {
    let cloud = Cloud::shaken();
    for _ in 0..200 {
        cloud.ok("PUT", "b-1", "/").await;
        let on = put("b-1", ON);
        let delete = ask("DELETE", "b-1", "/");
        let (set, deleted) = tokio::join!(cloud.send(&on), cloud.send(&delete));
        assert!(matches!(set.status, 200 | 404), "{}", set.body);
        deleted.expect(204);
        assert_eq!(cloud.rows("oss/setting/").await, 0);
    }
}

/// A change of one thing never undoes one of another.
#[tokio::test]
async fn settings_race_with_each_other() {
    let cloud = Cloud::shaken();
    for round in 0..100 {
        let name = format!("b-{round}");
        cloud.ok("PUT", &name, "/").await;
        let on = put(&name, ON);
        let acl = Ask {
            headers: &[("x-oss-acl", "public-read")],
            ..ask("PUT", &name, "/?acl")
        };
        let (set, changed) = tokio::join!(cloud.send(&on), cloud.send(&acl));
        set.expect(200);
        changed.expect(200);
        assert_eq!(enabled(&cloud, &name).await, "true");
        let got = cloud.ok("GET", &name, "/?acl").await;
        assert_eq!(got.text("Grant"), "public-read");
        cloud.ok("DELETE", &name, "/").await;
    }
}

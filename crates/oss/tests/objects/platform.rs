//! Buckets of the platform: what other services keep in them, and for how long.

use bytes::Bytes;
use chrono::TimeDelta;
use gateway::Objects;
use gateway::objects::KEPT;

use crate::cloud::Cloud;

const BUCKET: &str = "localyun-fc-cn-hangzhou";

#[tokio::test]
async fn what_is_kept_for_the_platform_goes_after_a_while() {
    let cloud = Cloud::new().await;
    let (oss, now) = (&cloud.oss, cloud.gateway.clock.now());
    let limit = 1 << 20;
    for _ in 0..2 {
        oss.platform_bucket("cn-hangzhou", BUCKET, &now)
            .await
            .unwrap();
    }
    let large = Bytes::from(vec![7; 200_000]);
    oss.store(BUCKET, "code/large", large.clone(), &now)
        .await
        .unwrap();
    oss.store(BUCKET, "code/small", "small".into(), &now)
        .await
        .unwrap();
    cloud.store("/mine", "stays").await;
    let read = oss.read(BUCKET, "code/large", limit).await.unwrap();
    assert_eq!(read, Some(large));

    let almost = now.virtual_ + KEPT - TimeDelta::seconds(1);
    oss.expire(almost).await.unwrap();
    let read = oss.read(BUCKET, "code/small", limit).await.unwrap();
    assert_eq!(read, Some("small".into()));

    oss.expire(now.virtual_ + KEPT).await.unwrap();
    for key in ["code/large", "code/small"] {
        assert_eq!(oss.read(BUCKET, key, limit).await.unwrap(), None, "{key}");
    }
    cloud.ask("GET", "/mine").send().await.expect(200);
    cloud.ask("DELETE", "/mine").send().await.expect(204);
    cloud.emptied().await;
}

#[tokio::test]
async fn a_bucket_of_an_account_is_none_of_the_platforms() {
    let cloud = Cloud::new().await;
    let (oss, now) = (&cloud.oss, cloud.gateway.clock.now());
    cloud.make(BUCKET, "cn-hangzhou").await;
    let taken = oss.platform_bucket("cn-hangzhou", BUCKET, &now).await;
    assert_eq!(taken.unwrap_err().code(), "BucketAlreadyExists");
    let stored = oss.store(BUCKET, "key", "x".into(), &now).await;
    assert_eq!(stored.unwrap_err().code(), "NoSuchBucket");
}

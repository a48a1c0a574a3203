//! What is left of packages that were on their way.

use chrono::TimeDelta;
use gateway::objects::KEPT;

use crate::requests::{Key, OssRequest, TestCloud, text};

const BEGIN: OssRequest = OssRequest {
    method: "POST",
    bucket: "localyun-fc-cn-hangzhou",
    key: "1234567890123456/package",
    query: "uploads",
    headers: &[],
    body: "",
};

async fn pending(cloud: &TestCloud) -> usize {
    let rows = cloud.rows().await;
    let uploads = rows.keys().filter(|key| key.starts_with(b"oss/upload/"));
    uploads.count()
}

#[tokio::test]
async fn an_upload_that_nobody_completes_ends() {
    let cloud = TestCloud::new().await;
    let path = "/2016-08-15/tempBucketToken";
    let given = cloud.fc("GET", path, "", Some(&Key::administrator())).await;
    let given: serde_json::Value = serde_json::from_str(&text(given).await).expect("JSON");
    let key = Key::told(&given["credentials"]);
    let begun = cloud.oss(&BEGIN, Some(&key)).await;
    assert_eq!(begun.status(), 200, "{}", text(begun).await);
    cloud.expire(KEPT - TimeDelta::minutes(1)).await;
    assert_eq!(pending(&cloud).await, 1);
    cloud.expire(KEPT).await;
    assert_eq!(pending(&cloud).await, 0);
}

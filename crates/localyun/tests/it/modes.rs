//! What `--auth` changes.

use gateway::AuthMode;
use localyun::Config;

use crate::requests::{Key, OssRequest, TestCloud, text};

const PUT_BUCKET: OssRequest = OssRequest {
    method: "PUT",
    bucket: "modes",
    key: "",
    query: "",
    headers: &[],
    body: "",
};

async fn cloud(auth: AuthMode) -> TestCloud {
    TestCloud::with(Config {
        auth,
        ..Config::default()
    })
    .await
}

async fn status(cloud: &TestCloud, key: Option<&Key>) -> u16 {
    cloud.oss(&PUT_BUCKET, key).await.status().as_u16()
}

#[tokio::test]
async fn off_looks_at_nothing() {
    let stranger = Key::new("nobody", "has made this key");
    let liar = Key::new("localyun", "not its secret");
    for key in [
        None,
        Some(&stranger),
        Some(&liar),
        Some(&Key::administrator()),
    ] {
        assert_eq!(
            status(&cloud(AuthMode::Off).await, key).await,
            200,
            "{key:?}"
        );
    }
    let cloud = cloud(AuthMode::Off).await;
    let who = cloud
        .rpc("2015-04-01", "GetCallerIdentity", &[], None)
        .await;
    assert!(text(who).await.contains("acs:ram::1234567890123456:root"));
}

#[tokio::test]
async fn audit_lets_through_what_policies_do_not_allow_and_nothing_that_is_forged() {
    let cloud = cloud(AuthMode::Audit).await;
    cloud
        .must("2015-05-01", "CreateUser", &[("UserName", "poor")])
        .await;
    let made = cloud
        .must("2015-05-01", "CreateAccessKey", &[("UserName", "poor")])
        .await;
    let poor = Key::told(&made["AccessKey"]);
    assert_eq!(status(&cloud, Some(&poor)).await, 200);
    assert_eq!(
        status(&cloud, Some(&Key::new("localyun", "not its secret"))).await,
        403
    );
    assert_eq!(status(&cloud, Some(&Key::new("nobody", "x"))).await, 403);
}

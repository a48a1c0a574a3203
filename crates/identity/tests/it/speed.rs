//! How many calls a second this process answers. Run with
//! `cargo test --release -p localyun-identity --test it -- --ignored --nocapture speed`.

use std::sync::Arc;

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy};

const CALLS: usize = 20_000;

async fn measure(name: &str, cloud: &Arc<Cloud>, key: &Key, action: &str, params: &[(&str, &str)]) {
    let mut calls = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let mut call = cloud.call(key, identity::STS_VERSION, action, params);
        call.sign(&key.secret);
        calls.push(call);
    }
    let start = cloud.gateway.clock.monotonic();
    for call in &calls {
        let answer = cloud.send(call).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let took = (cloud.gateway.clock.monotonic() - start).as_secs_f64();
    println!("{name}: {:.0}/s on one thread", CALLS as f64 / took);
}

#[tokio::test]
#[ignore = "a measurement"]
async fn speed() {
    let cloud = Arc::new(Cloud::new().await);
    cloud
        .role("r", TRUST_ACCOUNT, Some(&policy("Allow", "oss:*", "*")))
        .await;
    let admin = Key::admin();
    measure(
        "GetCallerIdentity, a user",
        &cloud,
        &admin,
        "GetCallerIdentity",
        &[],
    )
    .await;
    let session = Key::of(&cloud.assume(&admin, "r", &[]).await.ok());
    measure(
        "GetCallerIdentity, a session",
        &cloud,
        &session,
        "GetCallerIdentity",
        &[],
    )
    .await;
    let narrow = policy("Allow", "oss:GetObject", "acs:oss:*:*:bucket/*");
    let narrowed = Key::of(&cloud.assume(&admin, "r", &[("Policy", &narrow)]).await.ok());
    measure(
        "GetCallerIdentity, a session with a policy",
        &cloud,
        &narrowed,
        "GetCallerIdentity",
        &[],
    )
    .await;
    let arn = "acs:ram::1234567890123456:role/r";
    let assume = [("RoleArn", arn), ("RoleSessionName", "session")];
    measure("AssumeRole", &cloud, &admin, "AssumeRole", &assume).await;
}

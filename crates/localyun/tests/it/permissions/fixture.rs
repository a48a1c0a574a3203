//! What is there before anybody calls.

use localyun::Config;

use super::{HARMLESS, OTHER, RAM, TRUST_ACCOUNT, federated};
use crate::requests::{Key, OssRequest, TestCloud, text};

const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";

/// The name of the snapshot that every cell begins with.
pub(super) const SNAPSHOT: &str = "fixture";

/// A cloud with the fixture, of which it keeps a snapshot.
pub(super) async fn cloud() -> TestCloud {
    let config = Config {
        accounts: vec![OTHER.parse().expect("a uid")],
        ..Config::default()
    };
    let cloud = TestCloud::with(config).await;
    make_buckets(&cloud).await;
    make_identities(&cloud).await;
    cloud.save_snapshot(SNAPSHOT);
    cloud
}

async fn make_buckets(cloud: &TestCloud) {
    let admin = Key::administrator();
    let put = |bucket, key, body| OssRequest {
        method: "PUT",
        bucket,
        key,
        query: "",
        headers: &[],
        body,
    };
    for request in [
        put("matrix", "", ""),
        put("matrix-empty", "", ""),
        put("matrix", "key", "x"),
        OssRequest {
            query: "cors",
            ..put("matrix", "", CORS)
        },
    ] {
        let response = cloud.oss(&request, Some(&admin)).await;
        assert!(
            response.status().is_success(),
            "{request:?}: {}",
            text(response).await
        );
    }
}

async fn make_identities(cloud: &TestCloud) {
    cloud
        .must(RAM, "CreateUser", &[("UserName", "target")])
        .await;
    cloud
        .must(RAM, "CreateGroup", &[("GroupName", "target")])
        .await;
    cloud
        .must(
            RAM,
            "CreateRole",
            &[
                ("RoleName", "target"),
                ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
            ],
        )
        .await;
    cloud
        .must(
            RAM,
            "CreatePolicy",
            &[("PolicyName", "target"), ("PolicyDocument", HARMLESS)],
        )
        .await;
    let key = [("UserName", "target")];
    cloud.must(RAM, "CreateAccessKey", &key).await;
    let device = [("VirtualMFADeviceName", "target")];
    cloud.must(RAM, "CreateVirtualMFADevice", &device).await;
    federated::make_provider_of_tokens(cloud, "target").await;
    federated::make_provider_of_assertions(cloud, "target").await;
}

//! What is told of a request afterwards, by the service that answered it.

use crate::requests::{Key, TestCloud};

#[tokio::test]
async fn every_service_tells_of_its_own_requests() {
    let cloud = TestCloud::new().await;
    let wrong = Key::new("localyun", "not its secret");
    for (service, version, action) in [
        ("sts", "2015-04-01", "GetCallerIdentity"),
        ("ram", "2015-05-01", "ListUsers"),
        ("ims", "2019-08-15", "ListUsers"),
        ("location", identity::LOCATION_VERSION, "DescribeEndpoints"),
        (
            "bssopenapi",
            identity::BSS_VERSION,
            "QueryAvailableInstances",
        ),
    ] {
        cloud.rpc(version, action, &[], Some(&wrong)).await;
        let report = cloud.latest_report().await;
        assert_eq!(report.service, service);
        let why = report.authentication.map(|trouble| trouble.why);
        let why = why.unwrap_or_default();
        assert!(
            why.starts_with("the signature does not match"),
            "{service}: {why}"
        );
    }
}

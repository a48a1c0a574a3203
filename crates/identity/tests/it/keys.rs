//! Access keys.

use crate::cloud::{Cloud, Key, policy};

#[tokio::test]
async fn a_key_lives() {
    let cloud = Cloud::new().await;
    cloud.admin("CreateUser", &[("UserName", "u")]).await;
    let made = cloud.admin("CreateAccessKey", &[("UserName", "u")]).await;
    let id = made.text("/AccessKey/AccessKeyId");
    assert!(id.starts_with("LTAI") && id.len() == 24, "{id}");
    assert_eq!(made.text("/AccessKey/AccessKeySecret").len(), 30);
    assert_eq!(made.text("/AccessKey/Status"), "Active");
    let key = Key::new(&id, &made.text("/AccessKey/AccessKeySecret"));
    cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();

    let list = cloud.admin("ListAccessKeys", &[("UserName", "u")]).await;
    assert_eq!(
        list.names("/AccessKeys/AccessKey", "AccessKeyId"),
        [id.as_str()]
    );
    assert!(!list.body.contains("Secret"));

    let status = |status| {
        [
            ("UserName", "u"),
            ("UserAccessKeyId", id.as_str()),
            ("Status", status),
        ]
    };
    cloud.admin("UpdateAccessKey", &status("Inactive")).await;
    let off = cloud.sts(&key, "GetCallerIdentity", &[]).await;
    off.says(
        400,
        "InvalidAccessKeyId.Inactive",
        "Specified access key is disabled.",
    );
    cloud.admin("UpdateAccessKey", &status("Active")).await;
    cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();
    cloud
        .ram(&Key::admin(), "UpdateAccessKey", &status("Paused"))
        .await
        .refused(400, "InvalidParameter.Status");

    cloud
        .admin(
            "DeleteAccessKey",
            &[("UserName", "u"), ("UserAccessKeyId", &id)],
        )
        .await;
    cloud
        .sts(&key, "GetCallerIdentity", &[])
        .await
        .refused(404, "InvalidAccessKeyId.NotFound");
    let gone = cloud
        .ram(&Key::admin(), "UpdateAccessKey", &status("Active"))
        .await;
    gone.says(
        404,
        "EntityNotExist.User.AccessKey",
        "The user access key does not exist.",
    );
    let list = cloud.admin("ListAccessKeys", &[("UserName", "u")]).await;
    assert_eq!(list.names("/AccessKeys/AccessKey", "AccessKeyId"), [""; 0]);
}

#[tokio::test]
async fn two_keys_a_user_and_no_more() {
    let cloud = Cloud::new().await;
    cloud.user("u", None).await;
    cloud.admin("CreateAccessKey", &[("UserName", "u")]).await;
    let third = cloud
        .ram(&Key::admin(), "CreateAccessKey", &[("UserName", "u")])
        .await;
    third.refused(409, "LimitExceeded.User.AccessKey");
    let nobody = cloud
        .ram(&Key::admin(), "CreateAccessKey", &[("UserName", "nobody")])
        .await;
    nobody.refused(404, "EntityNotExist.User");
    cloud
        .ram(&Key::admin(), "ListAccessKeys", &[("UserName", "nobody")])
        .await
        .refused(404, "EntityNotExist.User");
}

#[tokio::test]
async fn a_key_is_only_its_owners() {
    let cloud = Cloud::new().await;
    let (a, _) = (cloud.user("a", None).await, cloud.user("b", None).await);
    for action in ["UpdateAccessKey", "DeleteAccessKey"] {
        let params = [
            ("UserName", "b"),
            ("UserAccessKeyId", a.id.as_str()),
            ("Status", "Inactive"),
        ];
        let answer = cloud.ram(&Key::admin(), action, &params).await;
        answer.refused(404, "EntityNotExist.User.AccessKey");
    }
    cloud.sts(&a, "GetCallerIdentity", &[]).await.ok();
}

#[tokio::test]
async fn without_a_name_the_callers_own_keys_are_meant() {
    let cloud = Cloud::new().await;
    let own = policy("Allow", "ram:*AccessKey*", "acs:ram:*:*:user/self");
    let key = cloud.user("self", Some(&own)).await;
    let list = cloud.ram(&key, "ListAccessKeys", &[]).await.ok();
    assert_eq!(
        list.names("/AccessKeys/AccessKey", "AccessKeyId"),
        [key.id.as_str()]
    );
    cloud.ram(&key, "CreateAccessKey", &[]).await.ok();
    cloud
        .ram(&key, "ListAccessKeys", &[("UserName", "localyun")])
        .await
        .refused(403, "NoPermission");
    let roots = cloud.ram(&Key::root(), "ListAccessKeys", &[]).await.ok();
    assert_eq!(
        roots.names("/AccessKeys/AccessKey", "AccessKeyId"),
        ["localyun.root"]
    );
    cloud
        .role(
            "r",
            crate::cloud::TRUST_ACCOUNT,
            Some(&policy("Allow", "ram:*", "*")),
        )
        .await;
    let session = Key::of(&cloud.assume(&Key::admin(), "r", &[]).await.ok());
    cloud
        .ram(&session, "ListAccessKeys", &[])
        .await
        .refused(400, "MissingParameter");
}

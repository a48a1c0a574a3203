//! What a fresh cloud has, and what several processes over one store see.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy};
use gateway::{AuthMode, Directory};
use identity::{DEFAULT_ACCOUNT, Limits};
use signature::Secret;

#[tokio::test]
async fn a_second_start_changes_nothing() {
    let cloud = Cloud::new().await;
    let before = cloud.store.meta.get(b"ram/epoch").await.unwrap();
    let now = cloud.gateway.clock.now().virtual_;
    cloud.identity.bootstrap(now).await.unwrap();
    assert_eq!(cloud.store.meta.get(b"ram/epoch").await.unwrap(), before);
    let account = cloud
        .identity
        .account(DEFAULT_ACCOUNT)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(account.alias, DEFAULT_ACCOUNT);
}

#[tokio::test]
async fn what_was_deleted_stays_deleted() {
    let cloud = Cloud::new().await;
    let key = [("UserName", "localyun"), ("UserAccessKeyId", "localyun")];
    cloud.ram(&Key::root(), "DeleteAccessKey", &key).await.ok();
    let now = cloud.gateway.clock.now().virtual_;
    cloud.identity.bootstrap(now).await.unwrap();
    cloud
        .sts(&Key::admin(), "GetCallerIdentity", &[])
        .await
        .refused(404, "InvalidAccessKeyId.NotFound");
}

#[tokio::test]
async fn starts_at_once_make_one_cloud() {
    let store = store::Store::memory();
    let clouds: Vec<Cloud> = (0..8)
        .map(|_| Cloud::over(store.clone(), Limits::default(), AuthMode::Enforce))
        .collect();
    let starts = clouds
        .iter()
        .map(|c| c.identity.bootstrap(c.gateway.clock.now().virtual_));
    for done in futures_util::future::join_all(starts).await {
        done.unwrap();
    }
    for cloud in &clouds {
        cloud
            .sts(&Key::admin(), "GetCallerIdentity", &[])
            .await
            .ok();
    }
    assert_eq!(
        clouds[0]
            .admin("ListUsers", &[])
            .await
            .names("/Users/User", "UserName"),
        ["localyun"]
    );
}

#[tokio::test]
async fn further_keys_are_the_default_users() {
    let cloud = Cloud::new().await;
    let now = cloud.gateway.clock.now().virtual_;
    for (id, secret) in [
        ("one", "1"),
        ("two", "2"),
        ("three", "3"),
        ("two", "changed"),
    ] {
        cloud
            .identity
            .add_default_key(id, &Secret::new(secret), now)
            .await
            .unwrap();
    }
    cloud
        .sts(&Key::new("three", "3"), "GetCallerIdentity", &[])
        .await
        .ok();
    cloud
        .sts(&Key::new("two", "changed"), "GetCallerIdentity", &[])
        .await
        .ok();
    let list = cloud.admin("ListAccessKeys", &[]).await;
    let mut ids = list.names("/AccessKeys/AccessKey", "AccessKeyId");
    ids.sort();
    assert_eq!(ids, ["localyun", "one", "three", "two"]);
    for id in ["", "a b", "a/b", "STS.x"] {
        let fault = cloud
            .identity
            .add_default_key(id, &Secret::new("x"), now)
            .await
            .unwrap_err();
        assert_eq!(fault.code(), "InvalidParameter", "{id}");
    }
    // The root's key may become the user's.
    cloud
        .identity
        .add_default_key("localyun.root", &Secret::new("x"), now)
        .await
        .unwrap();
    let who = cloud
        .sts(&Key::new("localyun.root", "x"), "GetCallerIdentity", &[])
        .await
        .ok();
    assert_eq!(who.text("/IdentityType"), "RAMUser");
}

#[tokio::test]
async fn a_commit_of_one_process_shows_in_another_at_once() {
    let here = Cloud::new().await;
    let there = Cloud::over(here.store.clone(), Limits::default(), AuthMode::Enforce);
    let key = here.user("u", None).await;
    there
        .ram(&key, "ListUsers", &[])
        .await
        .refused(403, "NoPermission");
    here.grant("User", "u", &policy("Allow", "ram:ListUsers", "*"))
        .await;
    there.ram(&key, "ListUsers", &[]).await.ok();
    here.role("r", TRUST_ACCOUNT, None).await;
    let session = Key::of(&here.assume(&Key::admin(), "r", &[]).await.ok());
    there.sts(&session, "GetCallerIdentity", &[]).await.ok();
    here.admin("DeleteRole", &[("RoleName", "r")]).await;
    there
        .sts(&session, "GetCallerIdentity", &[])
        .await
        .refused(400, "InvalidSecurityToken.Malformed");
    here.admin(
        "UpdateAccessKey",
        &[
            ("UserName", "u"),
            ("UserAccessKeyId", &key.id),
            ("Status", "Inactive"),
        ],
    )
    .await;
    there
        .ram(&key, "ListUsers", &[])
        .await
        .refused(400, "InvalidAccessKeyId.Inactive");
}

#[tokio::test]
async fn a_reset_voids_every_token() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    let session = Key::of(&cloud.assume(&Key::admin(), "r", &[]).await.ok());
    let old = cloud.user("u", None).await;
    cloud.store.clear().await.unwrap();
    cloud
        .identity
        .bootstrap(cloud.gateway.clock.now().virtual_)
        .await
        .unwrap();
    cloud
        .sts(&session, "GetCallerIdentity", &[])
        .await
        .refused(404, "InvalidAccessKeyId.NotFound");
    cloud
        .sts(&old, "GetCallerIdentity", &[])
        .await
        .refused(404, "InvalidAccessKeyId.NotFound");
    cloud
        .sts(&Key::admin(), "GetCallerIdentity", &[])
        .await
        .ok();
}

#[tokio::test]
async fn a_fork_goes_its_own_way() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    let session = Key::of(&cloud.assume(&Key::admin(), "r", &[]).await.ok());
    let fork = Cloud::over(
        cloud.store.fork().unwrap(),
        Limits::default(),
        AuthMode::Enforce,
    );
    cloud.admin("DeleteRole", &[("RoleName", "r")]).await;
    fork.sts(&session, "GetCallerIdentity", &[]).await.ok();
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let cloud = Cloud::new().await;
    let key = cloud.user("u", None).await;
    let keys = cloud
        .identity
        .keys(
            DEFAULT_ACCOUNT,
            &identity::keys::Owner::User("u".to_owned()),
        )
        .await
        .unwrap();
    assert!(!format!("{keys:?}").contains(&key.secret));
    let now = cloud.gateway.clock.now();
    let credential = cloud
        .identity
        .credential(&key.id, None, &now)
        .await
        .unwrap();
    assert!(!format!("{credential:?}").contains(&key.secret));
}

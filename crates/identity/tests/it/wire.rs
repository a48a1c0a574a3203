//! Answers as they stand on the wire.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT};
use identity::{DEFAULT_ACCOUNT, RAM_VERSION};

#[tokio::test]
async fn get_caller_identity_tells_who() {
    let cloud = Cloud::new().await;
    let user = cloud
        .sts(&Key::admin(), "GetCallerIdentity", &[])
        .await
        .ok();
    let id = cloud
        .admin("GetUser", &[("UserName", "localyun")])
        .await
        .text("/User/UserId");
    assert_eq!(user.text("/IdentityType"), "RAMUser");
    assert_eq!(
        user.text("/Arn"),
        format!("acs:ram::{DEFAULT_ACCOUNT}:user/localyun")
    );
    assert_eq!(user.text("/AccountId"), DEFAULT_ACCOUNT);
    assert_eq!(
        (user.text("/UserId"), user.text("/PrincipalId")),
        (id.clone(), id)
    );
    assert!(user.json.get("RoleId").is_none());

    let root = cloud.sts(&Key::root(), "GetCallerIdentity", &[]).await.ok();
    assert_eq!(root.text("/IdentityType"), "Account");
    assert_eq!(
        root.text("/Arn"),
        format!("acs:ram::{DEFAULT_ACCOUNT}:root")
    );
    assert_eq!(root.text("/PrincipalId"), DEFAULT_ACCOUNT);

    cloud.role("Role", TRUST_ACCOUNT, None).await;
    let role = cloud
        .admin("GetRole", &[("RoleName", "role")])
        .await
        .text("/Role/RoleId");
    let key = Key::of(&cloud.assume(&Key::admin(), "role", &[]).await.ok());
    let session = cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(session.text("/IdentityType"), "AssumedRoleUser");
    assert_eq!(
        session.text("/Arn"),
        format!("acs:ram::{DEFAULT_ACCOUNT}:assumed-role/role/session")
    );
    assert_eq!(session.text("/RoleId"), role);
    assert_eq!(session.text("/PrincipalId"), format!("{role}:session"));

    // Needs no permission.
    let nobody = cloud.user("nobody", None).await;
    cloud.sts(&nobody, "GetCallerIdentity", &[]).await.ok();
}

#[tokio::test]
async fn json_has_no_wrapper_and_lists_have_two() {
    let cloud = Cloud::new().await;
    let answer = cloud.admin("ListUsers", &[]).await;
    assert_eq!(
        answer.headers["content-type"],
        "application/json;charset=utf-8"
    );
    assert_eq!(
        answer.headers["x-acs-request-id"].to_str().unwrap(),
        answer.text("/RequestId")
    );
    assert_eq!(answer.names("/Users/User", "UserName"), ["localyun"]);
    let empty = cloud.admin("ListRoles", &[]).await;
    assert!(
        empty.body.contains(r#""Roles":{"Role":[]}"#),
        "{}",
        empty.body
    );
    let keys: Vec<&String> = answer.json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["RequestId", "IsTruncated", "Users"]);
}

#[tokio::test]
async fn xml_on_request() {
    let cloud = Cloud::new().await;
    let key = Key::admin();
    let mut call = cloud.call(&key, RAM_VERSION, "ListUsers", &[]);
    let answer = cloud
        .send(call.set("Format", "XML").sign(&key.secret))
        .await
        .ok();
    assert_eq!(answer.headers["content-type"], "text/xml;charset=utf-8");
    assert!(
        answer.body.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListUsersResponse><RequestId>"
        )
    );
    assert!(
        answer.body.contains("<Users><User><UserId>"),
        "{}",
        answer.body
    );
    let mut call = cloud.call(&key, RAM_VERSION, "GetUser", &[("UserName", "nobody")]);
    let answer = cloud
        .send(call.set("Format", "xml").sign(&key.secret))
        .await;
    assert_eq!(answer.status, 404);
    let expected = "<HostId>ram.aliyuncs.com</HostId><Code>EntityNotExist.User</Code><Message>The user does not exist.</Message>";
    assert!(answer.body.contains(expected), "{}", answer.body);
}

#[tokio::test]
async fn errors_have_the_envelope() {
    let cloud = Cloud::new().await;
    let answer = cloud
        .ram(&Key::admin(), "GetUser", &[("UserName", "nobody")])
        .await;
    let keys: Vec<&String> = answer.json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["RequestId", "HostId", "Code", "Message", "Recommend"]
    );
    assert_eq!(answer.text("/HostId"), "ram.aliyuncs.com");
    assert!(
        answer
            .text("/Recommend")
            .contains("q=EntityNotExist.User&product=Ram")
    );
    let answer = cloud.sts(&Key::admin(), "AssumeRole", &[]).await;
    assert!(answer.text("/Recommend").contains("product=Sts"));
}

#[tokio::test]
async fn a_broken_store_is_each_services_own_internal_error() {
    let cloud = Cloud::new().await;
    let batch = store::Batch::new()
        .put(
            format!("ram/role-name/{DEFAULT_ACCOUNT}/broken"),
            "not json",
        )
        .add("ram/epoch", 1)
        .take();
    cloud.store.meta.commit(batch).await.unwrap();
    let ram = cloud
        .ram(&Key::admin(), "GetRole", &[("RoleName", "broken")])
        .await;
    ram.says(500, "InternalError", "An internal error occurred.");
    let sts = cloud.assume(&Key::admin(), "broken", &[]).await;
    sts.says(500, "InternalError", "STS Server Internal Error happened.");
}

#[test]
fn tables_have_every_name_once_and_every_action_is_its_own() {
    for op in identity::Ram::OPS {
        assert_eq!(op.action.names(), [format!("ram:{}", op.name)]);
        assert_eq!(
            identity::Ram::OPS
                .iter()
                .filter(|other| other.name == op.name)
                .count(),
            1
        );
    }
}

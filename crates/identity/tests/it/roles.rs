//! Roles.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, trust};
use gateway::AuthMode;
use identity::{DEFAULT_ACCOUNT, Limits};

#[tokio::test]
async fn a_role_lives() {
    let cloud = Cloud::new().await;
    let spaced = TRUST_ACCOUNT.replace(',', " ,\n ");
    let params = [
        ("RoleName", "ECSAdmin"),
        ("AssumeRolePolicyDocument", spaced.as_str()),
        ("Description", "for tests"),
        ("MaxSessionDuration", "7200"),
        ("AllowConsoleLogin", "true"),
    ];
    let made = cloud.admin("CreateRole", &params).await;
    assert_eq!(made.text("/Role/RoleName"), "ECSAdmin");
    assert_eq!(
        made.text("/Role/Arn"),
        format!("acs:ram::{DEFAULT_ACCOUNT}:role/ecsadmin")
    );
    assert_eq!(
        made.text("/Role/AssumeRolePolicyDocument"),
        spaced,
        "byte for byte"
    );
    assert_eq!(made.json["Role"]["MaxSessionDuration"], 7200);
    assert_eq!(made.json["Role"]["AllowConsoleLogin"], true);
    let got = cloud.admin("GetRole", &[("RoleName", "ecsADMIN")]).await;
    for (name, value) in made.json["Role"].as_object().unwrap() {
        assert_eq!(&got.json["Role"][name], value);
    }
    assert_eq!(got.text("/Role/UpdateDate"), "2026-01-01T00:00:00Z");
    assert_eq!(got.json["Role"]["IsServiceLinkedRole"], false);
    assert_eq!(
        got.text("/Role/RolePrincipalName"),
        format!("ECSAdmin@role.{DEFAULT_ACCOUNT}.onaliyunservice.com")
    );

    let by_service = trust("Service", "ecs.aliyuncs.com");
    let changes = [
        ("RoleName", "ecsadmin"),
        ("NewAssumeRolePolicyDocument", by_service.as_str()),
        ("NewDescription", "new"),
        ("NewMaxSessionDuration", "3600"),
    ];
    let changed = cloud.admin("UpdateRole", &changes).await;
    assert_eq!(changed.text("/Role/AssumeRolePolicyDocument"), by_service);
    assert_eq!(changed.text("/Role/Description"), "new");
    assert_eq!(changed.text("/Role/RoleId"), made.text("/Role/RoleId"));

    let list = cloud.admin("ListRoles", &[]).await;
    assert_eq!(list.names("/Roles/Role", "RoleName"), ["ECSAdmin"]);
    assert!(!list.body.contains("AssumeRolePolicyDocument"));
    cloud.admin("DeleteRole", &[("RoleName", "ECSADMIN")]).await;
    let gone = cloud
        .ram(&Key::admin(), "GetRole", &[("RoleName", "ECSAdmin")])
        .await;
    gone.says(404, "EntityNotExist.Role", "The role does not exist.");
}

#[tokio::test]
async fn a_changed_trust_policy_holds_at_once() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    cloud.assume(&Key::admin(), "r", &[]).await.ok();
    let service = trust("Service", "fc.aliyuncs.com");
    cloud
        .admin(
            "UpdateRole",
            &[("RoleName", "r"), ("NewAssumeRolePolicyDocument", &service)],
        )
        .await;
    cloud
        .assume(&Key::admin(), "r", &[])
        .await
        .refused(403, "NoPermission");
}

#[tokio::test]
async fn bad_roles_are_refused() {
    let cloud = Cloud::new().await;
    cloud.role("taken", TRUST_ACCOUNT, None).await;
    let no_user = trust("RAM", &format!("acs:ram::{DEFAULT_ACCOUNT}:user/nobody"));
    let no_role = trust("RAM", &format!("acs:ram::{DEFAULT_ACCOUNT}:role/nothing"));
    let long = format!("{}{}", TRUST_ACCOUNT, " ".repeat(6144));
    let cases: [(&str, &str, u16, &str); 11] = [
        (
            "RoleName",
            "with_underscore",
            400,
            "InvalidParameter.RoleName.InvalidChars",
        ),
        ("RoleName", "", 400, "InvalidParameter.RoleName.Length"),
        ("RoleName", "TAKEN", 409, "EntityAlreadyExists.Role"),
        (
            "AssumeRolePolicyDocument",
            "{",
            400,
            "MalformedPolicyDocument",
        ),
        (
            "AssumeRolePolicyDocument",
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
            400,
            "MalformedPolicyDocument",
        ),
        (
            "AssumeRolePolicyDocument",
            &no_user,
            400,
            "MalformedPolicyDocument",
        ),
        (
            "AssumeRolePolicyDocument",
            &no_role,
            400,
            "MalformedPolicyDocument",
        ),
        (
            "AssumeRolePolicyDocument",
            &long,
            400,
            "InvalidParameter.AssumeRolePolicyDocument.Length",
        ),
        (
            "MaxSessionDuration",
            "3599",
            400,
            "InvalidParameter.MaxSessionDuration",
        ),
        (
            "MaxSessionDuration",
            "43201",
            400,
            "InvalidParameter.MaxSessionDuration",
        ),
        (
            "AllowConsoleLogin",
            "maybe",
            400,
            "InvalidParameter.AllowConsoleLogin",
        ),
    ];
    for (name, value, status, code) in cases {
        let mut params = vec![
            ("RoleName", "r"),
            ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
        ];
        params.retain(|(n, _)| *n != name);
        params.push((name, value));
        cloud
            .ram(&Key::admin(), "CreateRole", &params)
            .await
            .refused(status, code);
    }
    let params = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", no_user.as_str()),
    ];
    let answer = cloud.ram(&Key::admin(), "CreateRole", &params).await;
    assert!(
        answer.text("/Message").contains("user/nobody"),
        "{}",
        answer.body
    );
    let bad = cloud
        .ram(
            &Key::admin(),
            "UpdateRole",
            &[("RoleName", "taken"), ("NewAssumeRolePolicyDocument", "{")],
        )
        .await;
    bad.refused(400, "MalformedPolicyDocument");
    cloud
        .ram(&Key::admin(), "UpdateRole", &[("RoleName", "none")])
        .await
        .refused(404, "EntityNotExist.Role");
}

#[tokio::test]
async fn principals_of_accounts_that_are_not_here_are_taken_on_trust() {
    let cloud = Cloud::new().await;
    cloud
        .role("foreign", &trust("RAM", "acs:ram::999:user/someone"), None)
        .await;
}

#[tokio::test]
async fn a_role_with_policies_stays() {
    let cloud = Cloud::new().await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    cloud
        .attach("Role", "R", "System", "AliyunOSSFullAccess")
        .await;
    let answer = cloud
        .ram(&Key::admin(), "DeleteRole", &[("RoleName", "r")])
        .await;
    let message = "The role CAN NOT has any attached policy while deleting the role.";
    answer.says(409, "DeleteConflict.Role.Policy", message);
    cloud
        .ram(&Key::admin(), "DeleteRole", &[("RoleName", "none")])
        .await
        .refused(404, "EntityNotExist.Role");
}

#[tokio::test]
async fn the_limit_of_roles_holds() {
    let limits = Limits {
        roles: 1,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    cloud.role("one", TRUST_ACCOUNT, None).await;
    let params = [
        ("RoleName", "two"),
        ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
    ];
    cloud
        .ram(&Key::admin(), "CreateRole", &params)
        .await
        .refused(409, "LimitExceeded.Role");
}

#[tokio::test]
async fn roles_are_listed_in_pages() {
    let cloud = Cloud::new().await;
    for name in ["B", "a", "C"] {
        cloud.role(name, TRUST_ACCOUNT, None).await;
    }
    let first = cloud.admin("ListRoles", &[("MaxItems", "2")]).await;
    assert_eq!(first.names("/Roles/Role", "RoleName"), ["a", "B"]);
    let rest = cloud
        .admin("ListRoles", &[("Marker", &first.text("/Marker"))])
        .await;
    assert_eq!(rest.names("/Roles/Role", "RoleName"), ["C"]);
    assert_eq!(rest.json["IsTruncated"], false);
}

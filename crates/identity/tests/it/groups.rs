//! Groups: their life, their members, and what their policies give.

use gateway::AuthMode;
use identity::Limits;

use crate::cloud::{Cloud, Key, policy};

async fn group(cloud: &Cloud, name: &str, members: &[&str]) {
    cloud.admin("CreateGroup", &[("GroupName", name)]).await;
    for member in members {
        let params = [("GroupName", name), ("UserName", *member)];
        cloud.admin("AddUserToGroup", &params).await;
    }
}

#[tokio::test]
async fn a_group_lives() {
    let cloud = Cloud::new().await;
    let params = [("GroupName", "dev_1.a-b"), ("Comments", "developers")];
    let made = cloud.admin("CreateGroup", &params).await;
    assert_eq!(made.text("/Group/GroupName"), "dev_1.a-b");
    assert_eq!(made.text("/Group/Comments"), "developers");
    assert_eq!(made.text("/Group/CreateDate"), "2026-01-01T00:00:00Z");
    assert_eq!(made.text("/Group/UpdateDate"), "", "CreateGroup says none");
    let id = made.text("/Group/GroupId");
    assert_eq!(id.len(), 18);
    cloud.advance(60);
    let params = [
        ("GroupName", "dev_1.a-b"),
        ("NewGroupName", "dev"),
        ("NewComments", ""),
    ];
    cloud.admin("UpdateGroup", &params).await;
    let shown = cloud.admin("GetGroup", &[("GroupName", "dev")]).await;
    assert_eq!(shown.text("/Group/GroupId"), id);
    assert_eq!(shown.text("/Group/Comments"), "");
    assert_eq!(shown.text("/Group/UpdateDate"), "2026-01-01T00:01:00Z");
    cloud.admin("DeleteGroup", &[("GroupName", "dev")]).await;
    for name in ["dev", "dev_1.a-b"] {
        cloud
            .ram(&Key::admin(), "GetGroup", &[("GroupName", name)])
            .await
            .says(404, "EntityNotExist.Group", "The group does not exist.");
    }
}

#[tokio::test]
async fn groups_that_cannot_be() {
    let limits = Limits {
        groups: 2,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    group(&cloud, "one", &[]).await;
    group(&cloud, "two", &[]).await;
    let long = "g".repeat(65);
    let comments = "c".repeat(129);
    for (action, params, status, code) in [
        ("CreateGroup", vec![], 400, "MissingParameter"),
        (
            "CreateGroup",
            vec![("GroupName", "a b")],
            400,
            "InvalidParameter.GroupName.InvalidChars",
        ),
        (
            "CreateGroup",
            vec![("GroupName", &*long)],
            400,
            "InvalidParameter.GroupName.Length",
        ),
        (
            "CreateGroup",
            vec![("GroupName", "x"), ("Comments", &*comments)],
            400,
            "InvalidParameter.Comments.Length",
        ),
        (
            "CreateGroup",
            vec![("GroupName", "one")],
            409,
            "EntityAlreadyExists.Group",
        ),
        (
            "CreateGroup",
            vec![("GroupName", "three")],
            409,
            "LimitExceeded.Group",
        ),
        (
            "UpdateGroup",
            vec![("GroupName", "one"), ("NewGroupName", "two")],
            409,
            "EntityAlreadyExists.Group",
        ),
        (
            "UpdateGroup",
            vec![("GroupName", "one"), ("NewGroupName", "a b")],
            400,
            "InvalidParameter.NewGroupName.InvalidChars",
        ),
        (
            "UpdateGroup",
            vec![("GroupName", "one"), ("NewGroupName", &*long)],
            400,
            "InvalidParameter.NewGroupName.Length",
        ),
        (
            "UpdateGroup",
            vec![("GroupName", "none")],
            404,
            "EntityNotExist.Group",
        ),
        (
            "DeleteGroup",
            vec![("GroupName", "none")],
            404,
            "EntityNotExist.Group",
        ),
        (
            "ListUsersForGroup",
            vec![("GroupName", "none")],
            404,
            "EntityNotExist.Group",
        ),
        (
            "ListPoliciesForGroup",
            vec![("GroupName", "none")],
            404,
            "EntityNotExist.Group",
        ),
        (
            "ListGroupsForUser",
            vec![("UserName", "none")],
            404,
            "EntityNotExist.User",
        ),
        (
            "ListGroupsForUser",
            vec![("UserName", "a b")],
            400,
            "InvalidParameter.UserName.InvalidChars",
        ),
        (
            "ListGroups",
            vec![("MaxItems", "1001")],
            400,
            "InvalidParameter.MaxItems",
        ),
    ] {
        let answer = cloud.ram(&Key::admin(), action, &params).await;
        assert_eq!(
            (answer.status, answer.text("/Code")),
            (status, code.to_owned()),
            "{action} {params:?}"
        );
    }
    let groups = cloud.admin("ListGroups", &[]).await;
    assert_eq!(groups.names("/Groups/Group", "GroupName"), ["one", "two"]);
}

#[tokio::test]
async fn users_come_and_go() {
    let limits = Limits {
        groups_of_user: 2,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    for user in ["anna", "ben"] {
        cloud.admin("CreateUser", &[("UserName", user)]).await;
    }
    for name in ["one", "two", "three"] {
        group(&cloud, name, &[]).await;
    }
    let anna = [("GroupName", "one"), ("UserName", "anna")];
    cloud.admin("AddUserToGroup", &anna).await;
    let admin = Key::admin();
    let refuse = async |action: &str, group: &str, user: &str, status, code: &str| {
        let params = [("GroupName", group), ("UserName", user)];
        let answer = cloud.ram(&admin, action, &params).await;
        answer.refused(status, code);
    };
    refuse(
        "AddUserToGroup",
        "one",
        "anna",
        409,
        "EntityAlreadyExists.User.Group",
    )
    .await;
    refuse("AddUserToGroup", "one", "none", 404, "EntityNotExist.User").await;
    refuse(
        "AddUserToGroup",
        "none",
        "anna",
        404,
        "EntityNotExist.Group",
    )
    .await;
    refuse(
        "RemoveUserFromGroup",
        "one",
        "ben",
        404,
        "EntityNotExist.User.Group",
    )
    .await;
    refuse(
        "RemoveUserFromGroup",
        "one",
        "none",
        404,
        "EntityNotExist.User",
    )
    .await;
    refuse(
        "RemoveUserFromGroup",
        "none",
        "anna",
        404,
        "EntityNotExist.Group",
    )
    .await;
    let anna_two = [("GroupName", "two"), ("UserName", "anna")];
    cloud.admin("AddUserToGroup", &anna_two).await;
    refuse(
        "AddUserToGroup",
        "three",
        "anna",
        409,
        "LimitExceeded.User.Group",
    )
    .await;

    let of_anna = cloud
        .admin("ListGroupsForUser", &[("UserName", "anna")])
        .await;
    assert_eq!(of_anna.names("/Groups/Group", "GroupName"), ["one", "two"]);
    assert_eq!(
        of_anna.text("/Groups/Group/0/JoinDate"),
        "2026-01-01T00:00:00Z"
    );
    let renamed = [("UserName", "anna"), ("NewUserName", "anne")];
    cloud.admin("UpdateUser", &renamed).await;
    let members = cloud
        .admin("ListUsersForGroup", &[("GroupName", "one")])
        .await;
    assert_eq!(members.names("/Users/User", "UserName"), ["anne"]);

    let delete = cloud
        .ram(&admin, "DeleteUser", &[("UserName", "anne")])
        .await;
    delete.says(
        409,
        "DeleteConflict.User.Group",
        "The user CAN NOT be in any group while deleting the user.",
    );
    refuse("DeleteGroup", "one", "", 409, "DeleteConflict.Group.User").await;
    for name in ["one", "two"] {
        let params = [("GroupName", name), ("UserName", "anne")];
        cloud.admin("RemoveUserFromGroup", &params).await;
    }
    cloud.admin("DeleteUser", &[("UserName", "anne")]).await;
    cloud.admin("DeleteGroup", &[("GroupName", "one")]).await;
}

#[tokio::test]
async fn members_are_listed_in_pages() {
    let cloud = Cloud::new().await;
    let users = ["a", "b", "c", "d", "e"];
    for user in users {
        cloud.admin("CreateUser", &[("UserName", user)]).await;
    }
    group(&cloud, "all", &users).await;
    group(&cloud, "all2", &[]).await;
    let (mut found, mut marker) = (Vec::new(), String::new());
    loop {
        let mut params = vec![("GroupName", "all"), ("MaxItems", "2")];
        if !marker.is_empty() {
            params.push(("Marker", &marker));
        }
        let page = cloud.admin("ListUsersForGroup", &params).await;
        found.extend(page.names("/Users/User", "UserName"));
        assert_eq!(page.json["IsTruncated"], !page.text("/Marker").is_empty());
        marker = page.text("/Marker");
        if marker.is_empty() {
            break;
        }
    }
    found.sort();
    assert_eq!(found, users);
    let page = cloud.admin("ListGroups", &[("MaxItems", "1")]).await;
    assert_eq!(page.names("/Groups/Group", "GroupName"), ["all"]);
    let next = [("MaxItems", "1"), ("Marker", &*page.text("/Marker"))];
    let last = cloud.admin("ListGroups", &next).await;
    assert_eq!(last.names("/Groups/Group", "GroupName"), ["all2"]);
    assert_eq!(last.json["IsTruncated"], false);
}

#[tokio::test]
async fn whoever_is_in_a_group_has_its_policies() {
    let cloud = Cloud::new().await;
    let anna = cloud.user("anna", None).await;
    group(&cloud, "readers", &["anna"]).await;
    let list = async || cloud.ram(&anna, "ListUsers", &[]).await;
    list().await.refused(403, "NoPermission");
    cloud
        .attach("Group", "readers", "System", "AliyunRAMReadOnlyAccess")
        .await;
    list().await.ok();
    cloud
        .ram(&anna, "CreateUser", &[("UserName", "x")])
        .await
        .refused(403, "NoPermission");
    // A Deny of a group weighs as much as one of the user's own.
    cloud
        .grant("User", "anna", &policy("Allow", "ram:*", "*"))
        .await;
    group(&cloud, "barred", &["anna"]).await;
    cloud
        .grant("Group", "barred", &policy("Deny", "ram:ListUsers", "*"))
        .await;
    let refusal = list().await;
    refusal.refused(403, "NoPermission");
    assert_eq!(
        refusal.text("/AccessDeniedDetail/NoPermissionType"),
        "ExplicitDeny"
    );
    let out = [("GroupName", "barred"), ("UserName", "anna")];
    cloud.admin("RemoveUserFromGroup", &out).await;
    list().await.ok();
}

#[tokio::test]
async fn policies_of_groups() {
    let limits = Limits {
        group_custom_attachments: 1,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    group(&cloud, "g", &[]).await;
    let document = policy("Allow", "oss:*", "*");
    for name in ["p", "q"] {
        let params = [("PolicyName", name), ("PolicyDocument", &document)];
        cloud.admin("CreatePolicy", &params).await;
    }
    cloud.attach("Group", "g", "Custom", "p").await;
    let admin = Key::admin();
    let call = async |action: &str, group: &str, policy: &str| {
        let params = [
            ("GroupName", group),
            ("PolicyType", "Custom"),
            ("PolicyName", policy),
        ];
        cloud.ram(&admin, action, &params).await
    };
    let attach = "AttachPolicyToGroup";
    call(attach, "g", "p")
        .await
        .refused(409, "EntityAlreadyExists.Group.Policy");
    call(attach, "g", "q")
        .await
        .refused(409, "LimitExceeded.Group.Policy");
    call(attach, "g", "none")
        .await
        .refused(404, "EntityNotExist.Policy");
    call(attach, "none", "q")
        .await
        .refused(404, "EntityNotExist.Group");
    let detach = "DetachPolicyFromGroup";
    call(detach, "g", "q")
        .await
        .refused(404, "EntityNotExist.Group.Policy");
    call(detach, "g", "none")
        .await
        .refused(404, "EntityNotExist.Policy");
    call(detach, "none", "p")
        .await
        .refused(404, "EntityNotExist.Group");

    let listed = cloud
        .admin("ListPoliciesForGroup", &[("GroupName", "g")])
        .await;
    assert_eq!(listed.names("/Policies/Policy", "PolicyName"), ["p"]);
    let p = [("PolicyType", "Custom"), ("PolicyName", "p")];
    let holders = cloud.admin("ListEntitiesForPolicy", &p).await;
    assert_eq!(holders.names("/Groups/Group", "GroupName"), ["g"]);
    assert_eq!(holders.names("/Users/User", "UserName"), [""; 0]);
    let shown = cloud.admin("GetPolicy", &p).await;
    assert_eq!(shown.json["Policy"]["AttachmentCount"], 1);
    let delete = cloud
        .ram(&admin, "DeletePolicy", &[("PolicyName", "p")])
        .await;
    delete.says(
        409,
        "DeleteConflict.Policy.Group",
        "The policy CAN NOT been attached to any group while deleting the policy.",
    );
    let delete = cloud
        .ram(&admin, "DeleteGroup", &[("GroupName", "g")])
        .await;
    delete.refused(409, "DeleteConflict.Group.Policy");
    call(detach, "g", "p").await.ok();
    cloud.admin("DeletePolicy", &[("PolicyName", "p")]).await;
    cloud.admin("DeleteGroup", &[("GroupName", "g")]).await;
}

#[tokio::test]
async fn calls_about_two_need_both() {
    let cloud = Cloud::new().await;
    cloud.admin("CreateUser", &[("UserName", "ben")]).await;
    group(&cloud, "g", &[]).await;
    let on = |kind: &str| format!("acs:ram:*:1234567890123456:{kind}");
    let only_group = cloud
        .user("anna", Some(&policy("Allow", "ram:*", &on("group/*"))))
        .await;
    let params = [("GroupName", "g"), ("UserName", "ben")];
    for action in ["AddUserToGroup", "RemoveUserFromGroup"] {
        let refusal = cloud.ram(&only_group, action, &params).await;
        refusal.refused(403, "NoPermission");
    }
    let policy_of_system = [
        ("GroupName", "g"),
        ("PolicyType", "System"),
        ("PolicyName", "AliyunOSSFullAccess"),
    ];
    for action in ["AttachPolicyToGroup", "DetachPolicyFromGroup"] {
        let refusal = cloud.ram(&only_group, action, &policy_of_system).await;
        refusal.refused(403, "NoPermission");
    }
    cloud
        .grant("User", "anna", &policy("Allow", "ram:*", &on("user/ben")))
        .await;
    cloud.ram(&only_group, "AddUserToGroup", &params).await.ok();
}

#[tokio::test]
async fn nobody_comes_into_a_group_that_is_being_deleted() {
    let cloud = Cloud::new().await;
    cloud.admin("CreateUser", &[("UserName", "anna")]).await;
    let now = cloud.gateway.clock.now().virtual_;
    let identity = &cloud.identity;
    let account = identity::DEFAULT_ACCOUNT;
    for _ in 0..50 {
        group(&cloud, "g", &[]).await;
        let (added, deleted) = tokio::join!(
            identity.add_member(account, "g", "anna", now),
            identity.delete_group(account, "g"),
        );
        assert_ne!(added.is_ok(), deleted.is_ok());
        let left = identity.groups_of_user(account, "anna").await.unwrap();
        assert_eq!(left.len(), usize::from(added.is_ok()));
        if added.is_ok() {
            identity.remove_member(account, "g", "anna").await.unwrap();
            identity.delete_group(account, "g").await.unwrap();
        }
    }
}

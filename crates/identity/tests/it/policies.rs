//! Policies, their versions, and who has them.

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy};
use gateway::AuthMode;
use identity::Limits;

fn get(name: &str) -> [(&'static str, &str); 2] {
    [("PolicyName", name), ("PolicyType", "Custom")]
}

async fn make(cloud: &Cloud, name: &str) {
    let document = policy("Allow", "oss:GetObject", "*");
    let params = [
        ("PolicyName", name),
        ("PolicyDocument", &document),
        ("Description", "d"),
    ];
    cloud.admin("CreatePolicy", &params).await;
}

#[tokio::test]
async fn a_policy_lives() {
    let cloud = Cloud::new().await;
    let document = format!("{}\n", policy("Allow", "oss:GetObject", "*"));
    let params = [
        ("PolicyName", "p"),
        ("PolicyDocument", &document),
        ("Description", "d"),
    ];
    let made = cloud.admin("CreatePolicy", &params).await;
    assert_eq!(made.text("/Policy/PolicyType"), "Custom");
    assert_eq!(made.text("/Policy/DefaultVersion"), "v1");
    let got = cloud.admin("GetPolicy", &get("p")).await;
    assert_eq!(
        got.text("/DefaultPolicyVersion/PolicyDocument"),
        document,
        "byte for byte"
    );
    assert_eq!(got.text("/DefaultPolicyVersion/VersionId"), "v1");
    assert_eq!(got.json["DefaultPolicyVersion"]["IsDefaultVersion"], true);
    assert_eq!(got.json["Policy"]["AttachmentCount"], 0);
    let again = cloud.ram(&Key::admin(), "CreatePolicy", &params).await;
    again.says(
        409,
        "EntityAlreadyExists.Policy",
        "The group does already EXIST.",
    );
    cloud.admin("DeletePolicy", &[("PolicyName", "p")]).await;
    let gone = cloud.ram(&Key::admin(), "GetPolicy", &get("p")).await;
    gone.says(404, "EntityNotExist.Policy", "The policy does not exist.");
    cloud
        .ram(&Key::admin(), "DeletePolicy", &[("PolicyName", "p")])
        .await
        .refused(404, "EntityNotExist.Policy");
}

#[tokio::test]
async fn versions_live() {
    let cloud = Cloud::new().await;
    make(&cloud, "p").await;
    let second = policy("Allow", "oss:PutObject", "*");
    let add = [("PolicyName", "p"), ("PolicyDocument", second.as_str())];
    let made = cloud.admin("CreatePolicyVersion", &add).await;
    assert_eq!(made.text("/PolicyVersion/VersionId"), "v2");
    assert_eq!(made.json["PolicyVersion"]["IsDefaultVersion"], false);
    let version = |id| {
        [
            ("PolicyName", "p"),
            ("PolicyType", "Custom"),
            ("VersionId", id),
        ]
    };
    let got = cloud.admin("GetPolicyVersion", &version("v2")).await;
    assert_eq!(got.text("/PolicyVersion/PolicyDocument"), second);
    cloud.admin("SetDefaultPolicyVersion", &version("v2")).await;
    let list = cloud.admin("ListPolicyVersions", &get("p")).await;
    assert_eq!(
        list.names("/PolicyVersions/PolicyVersion", "VersionId"),
        ["v1", "v2"]
    );
    assert_eq!(
        list.json["PolicyVersions"]["PolicyVersion"][1]["IsDefaultVersion"],
        true
    );

    let admin = Key::admin();
    let busy = cloud
        .ram(&admin, "DeletePolicyVersion", &version("v2"))
        .await;
    busy.refused(409, "DeleteConflict.Policy.Version.Default");
    let conflict = cloud
        .ram(&admin, "DeletePolicy", &[("PolicyName", "p")])
        .await;
    conflict.refused(409, "DeleteConflict.Policy.Version");
    cloud.admin("DeletePolicyVersion", &version("v1")).await;
    for action in [
        "DeletePolicyVersion",
        "GetPolicyVersion",
        "SetDefaultPolicyVersion",
    ] {
        let gone = cloud.ram(&admin, action, &version("v1")).await;
        gone.says(
            404,
            "EntityNotExist.Policy.Version",
            "The policy version does not exist.",
        );
        cloud
            .ram(&admin, action, &version("1"))
            .await
            .refused(400, "InvalidParameter.VersionId.Format");
    }
    let third = cloud
        .admin(
            "CreatePolicyVersion",
            &[add[0], add[1], ("SetAsDefault", "true")],
        )
        .await;
    assert_eq!(
        third.text("/PolicyVersion/VersionId"),
        "v3",
        "numbers are not used again"
    );
    cloud
        .admin(
            "DeletePolicy",
            &[("PolicyName", "p"), ("CascadingDelete", "true")],
        )
        .await;
    cloud
        .ram(&admin, "CreatePolicyVersion", &add)
        .await
        .refused(404, "EntityNotExist.Policy");
}

#[tokio::test]
async fn a_sixth_version_needs_rotation() {
    let cloud = Cloud::new().await;
    make(&cloud, "p").await;
    let document = policy("Allow", "oss:PutObject", "*");
    let add = [("PolicyName", "p"), ("PolicyDocument", document.as_str())];
    for _ in 2..=5 {
        cloud.admin("CreatePolicyVersion", &add).await;
    }
    let full = cloud.ram(&Key::admin(), "CreatePolicyVersion", &add).await;
    full.refused(409, "LimitExceeded.Policy.Version");
    let rotate = (
        "RotateStrategy",
        "DeleteOldestNonDefaultVersionWhenLimitExceeded",
    );
    cloud
        .admin("CreatePolicyVersion", &[add[0], add[1], rotate])
        .await;
    let list = cloud.admin("ListPolicyVersions", &get("p")).await;
    let ids = list.names("/PolicyVersions/PolicyVersion", "VersionId");
    assert_eq!(ids, ["v1", "v3", "v4", "v5", "v6"], "v1 is the default");
    let unknown = ("RotateStrategy", "Sometimes");
    let answer = cloud
        .ram(
            &Key::admin(),
            "CreatePolicyVersion",
            &[add[0], add[1], unknown],
        )
        .await;
    answer.refused(400, "InvalidParameter.RotateStrategy");
}

#[tokio::test]
async fn bad_policies_are_refused() {
    let cloud = Cloud::new().await;
    let good = policy("Allow", "oss:*", "*");
    let long = format!("{good}{}", " ".repeat(6144));
    let (name, description) = ("x".repeat(129), "x".repeat(1025));
    let cases: [(&str, &str, &str); 7] = [
        (
            "PolicyName",
            "a_b",
            "InvalidParameter.PolicyName.InvalidChars",
        ),
        ("PolicyName", &name, "InvalidParameter.PolicyName.Length"),
        ("PolicyDocument", "{}", "MalformedPolicyDocument"),
        (
            "PolicyDocument",
            &long,
            "InvalidParameter.PolicyDocument.Length",
        ),
        ("PolicyDocument", TRUST_ACCOUNT, "MalformedPolicyDocument"),
        ("PolicyDocument", "", "MissingParameter"),
        (
            "Description",
            &description,
            "InvalidParameter.Description.Length",
        ),
    ];
    for (parameter, value, code) in cases {
        let mut params = vec![("PolicyName", "p"), ("PolicyDocument", good.as_str())];
        params.retain(|(n, _)| *n != parameter);
        params.push((parameter, value));
        cloud
            .ram(&Key::admin(), "CreatePolicy", &params)
            .await
            .refused(400, code);
    }
    let effect = good.replace("Allow", "Permit");
    let params = [("PolicyName", "p"), ("PolicyDocument", effect.as_str())];
    let answer = cloud.ram(&Key::admin(), "CreatePolicy", &params).await;
    assert_eq!(
        answer.text("/Message"),
        "Statement[0].Effect must be Allow or Deny, but is \"Permit\"."
    );
    let kind = [("PolicyName", "p"), ("PolicyType", "Other")];
    let answer = cloud.ram(&Key::admin(), "GetPolicy", &kind).await;
    answer.says(
        400,
        "InvalidParameter.PolicyType",
        "The parameter - \"PolicyType\" is incorrect.",
    );
    cloud
        .ram(&Key::admin(), "ListPolicies", &[("PolicyType", "Other")])
        .await
        .refused(400, "InvalidParameter.PolicyType");
}

#[tokio::test]
async fn the_limit_of_policies_holds() {
    let limits = Limits {
        policies: 1,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    make(&cloud, "one").await;
    let document = policy("Allow", "oss:*", "*");
    let params = [("PolicyName", "two"), ("PolicyDocument", document.as_str())];
    cloud
        .ram(&Key::admin(), "CreatePolicy", &params)
        .await
        .refused(409, "LimitExceeded.Policy");
}

#[tokio::test]
async fn system_policies_are_there_and_stay() {
    let cloud = Cloud::new().await;
    let params = [
        ("PolicyName", "AliyunOSSReadOnlyAccess"),
        ("PolicyType", "System"),
    ];
    let got = cloud.admin("GetPolicy", &params).await;
    assert!(
        got.text("/DefaultPolicyVersion/PolicyDocument")
            .contains("oss:Get*")
    );
    let admin = Key::admin();
    let delete = [("PolicyName", "AliyunOSSReadOnlyAccess")];
    cloud
        .ram(&admin, "DeletePolicy", &delete)
        .await
        .refused(404, "EntityNotExist.Policy");
    let unknown = [
        ("UserName", "localyun"),
        ("PolicyName", "AliyunCoffeeAccess"),
        ("PolicyType", "System"),
    ];
    cloud
        .ram(&admin, "AttachPolicyToUser", &unknown)
        .await
        .refused(404, "EntityNotExist.Policy");
}

#[tokio::test]
async fn policies_are_listed_in_pages_by_kind() {
    let cloud = Cloud::new().await;
    for name in ["b", "a", "c"] {
        make(&cloud, name).await;
    }
    let custom = cloud
        .admin(
            "ListPolicies",
            &[("PolicyType", "Custom"), ("MaxItems", "2")],
        )
        .await;
    assert_eq!(custom.names("/Policies/Policy", "PolicyName"), ["a", "b"]);
    let next = [
        ("PolicyType", "Custom"),
        ("Marker", &custom.text("/Marker")),
    ];
    let next = cloud.admin("ListPolicies", &next).await;
    assert_eq!(next.names("/Policies/Policy", "PolicyName"), ["c"]);

    let (mut all, mut marker) = (Vec::new(), String::new());
    loop {
        let mut params = vec![("MaxItems", "7")];
        params.extend((!marker.is_empty()).then_some(("Marker", marker.as_str())));
        let page = cloud.admin("ListPolicies", &params).await;
        all.extend(page.names("/Policies/Policy", "PolicyName"));
        marker = page.text("/Marker");
        if marker.is_empty() {
            break;
        }
    }
    let system = identity::system_policies::all().len();
    assert_eq!(all.len(), system + 3);
    assert_eq!(all[0], "AdministratorAccess");
    assert_eq!(all[system..], ["a", "b", "c"]);
    let counted = cloud
        .admin(
            "ListPolicies",
            &[("PolicyType", "System"), ("MaxItems", "1")],
        )
        .await;
    assert_eq!(
        counted.json["Policies"]["Policy"][0]["AttachmentCount"], 1,
        "the administrator has it"
    );
}

#[tokio::test]
async fn attachments_live() {
    let cloud = Cloud::new().await;
    make(&cloud, "p").await;
    cloud
        .admin("CreateUser", &[("UserName", "u"), ("DisplayName", "U")])
        .await;
    cloud.role("R", TRUST_ACCOUNT, None).await;
    cloud.advance(5);
    for (entity, name) in [("User", "u"), ("Role", "r")] {
        let parameter = format!("{entity}Name");
        let params = [
            (parameter.as_str(), name),
            ("PolicyType", "Custom"),
            ("PolicyName", "p"),
        ];
        cloud
            .admin(&format!("AttachPolicyTo{entity}"), &params)
            .await;
        let again = cloud
            .ram(&Key::admin(), &format!("AttachPolicyTo{entity}"), &params)
            .await;
        again.refused(409, &format!("EntityAlreadyExists.{entity}.Policy"));
        let list = cloud
            .admin(&format!("ListPoliciesFor{entity}"), &params[..1])
            .await;
        assert_eq!(list.names("/Policies/Policy", "PolicyName"), ["p"]);
        assert_eq!(
            list.names("/Policies/Policy", "AttachDate"),
            ["2026-01-01T00:00:05Z"]
        );
        assert_eq!(list.names("/Policies/Policy", "DefaultVersion"), ["v1"]);
    }
    let holders = cloud.admin("ListEntitiesForPolicy", &get("p")).await;
    assert_eq!(holders.names("/Users/User", "UserName"), ["u"]);
    assert_eq!(holders.names("/Roles/Role", "RoleName"), ["R"]);
    assert_eq!(holders.names("/Groups/Group", "GroupName"), [""; 0]);
    let policy = cloud.admin("GetPolicy", &get("p")).await;
    assert_eq!(policy.json["Policy"]["AttachmentCount"], 2);

    let admin = Key::admin();
    let delete = [("PolicyName", "p"), ("CascadingDelete", "true")];
    cloud
        .ram(&admin, "DeletePolicy", &delete)
        .await
        .refused(409, "DeleteConflict.Policy.User");
    let of_user = [
        ("UserName", "u"),
        ("PolicyType", "Custom"),
        ("PolicyName", "p"),
    ];
    cloud.admin("DetachPolicyFromUser", &of_user).await;
    let twice = cloud.ram(&admin, "DetachPolicyFromUser", &of_user).await;
    twice.refused(404, "EntityNotExist.User.Policy");
    cloud
        .ram(&admin, "DeletePolicy", &delete)
        .await
        .refused(409, "DeleteConflict.Policy.Role");
    let of_role = [
        ("RoleName", "r"),
        ("PolicyType", "Custom"),
        ("PolicyName", "p"),
    ];
    cloud.admin("DetachPolicyFromRole", &of_role).await;
    cloud
        .ram(&admin, "DetachPolicyFromRole", &of_role)
        .await
        .refused(404, "EntityNotExist.Role.Policy");
    cloud.admin("DeletePolicy", &delete).await;
    cloud
        .ram(&admin, "DetachPolicyFromRole", &of_role)
        .await
        .refused(404, "EntityNotExist.Policy");
    cloud
        .ram(&admin, "ListEntitiesForPolicy", &get("p"))
        .await
        .refused(404, "EntityNotExist.Policy");
}

#[tokio::test]
async fn who_does_not_exist_has_no_policies() {
    let cloud = Cloud::new().await;
    for entity in ["User", "Role"] {
        let parameter = format!("{entity}Name");
        let params = [
            (parameter.as_str(), "none"),
            ("PolicyType", "System"),
            ("PolicyName", "ReadOnlyAccess"),
        ];
        for action in ["AttachPolicyTo", "DetachPolicyFrom", "ListPoliciesFor"] {
            let answer = cloud
                .ram(&Key::admin(), &format!("{action}{entity}"), &params)
                .await;
            answer.refused(404, &format!("EntityNotExist.{entity}"));
        }
    }
    let group = [
        ("UserName", "localyun"),
        ("PolicyType", "System"),
        ("PolicyName", "ReadOnlyAccess"),
        ("ResourceGroupId", "rg-1"),
    ];
    cloud
        .ram(&Key::admin(), "AttachPolicyToUser", &group)
        .await
        .refused(400, "InvalidParameter");
}

#[tokio::test]
async fn so_many_policies_and_no_more() {
    let limits = Limits {
        system_attachments: 1,
        user_custom_attachments: 1,
        role_custom_attachments: 1,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    for name in ["p", "q"] {
        make(&cloud, name).await;
    }
    cloud.admin("CreateUser", &[("UserName", "u")]).await;
    cloud.role("r", TRUST_ACCOUNT, None).await;
    for (entity, name) in [("User", "u"), ("Role", "r")] {
        cloud.attach(entity, name, "Custom", "p").await;
        cloud.attach(entity, name, "System", "ReadOnlyAccess").await;
        let parameter = format!("{entity}Name");
        for (kind, policy) in [("Custom", "q"), ("System", "AliyunOSSFullAccess")] {
            let params = [
                (parameter.as_str(), name),
                ("PolicyType", kind),
                ("PolicyName", policy),
            ];
            let answer = cloud
                .ram(&Key::admin(), &format!("AttachPolicyTo{entity}"), &params)
                .await;
            answer.refused(409, &format!("LimitExceeded.{entity}.Policy"));
        }
    }
}

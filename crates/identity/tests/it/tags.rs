//! Tags of roles and policies.

use crate::cloud::{Answer, Cloud, Key, TRUST_ACCOUNT, policy};

async fn role(cloud: &Cloud, name: &str, tags: &str) {
    let mut params = vec![
        ("RoleName", name),
        ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
    ];
    if !tags.is_empty() {
        params.push(("Tag", tags));
    }
    cloud.admin("CreateRole", &params).await;
}

async fn custom_policy(cloud: &Cloud, name: &str, tags: &str) {
    let document = policy("Allow", "oss:*", "*");
    let params = [
        ("PolicyName", name),
        ("PolicyDocument", &document),
        ("Tag", tags),
    ];
    cloud.admin("CreatePolicy", &params).await;
}

/// The tags of an answer of ListTagResources, as `name key=value`.
fn shown(answer: &Answer) -> Vec<String> {
    let rows = answer.json["TagResources"].as_array().unwrap();
    let text = |row: &serde_json::Value, field: &str| row[field].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| {
            let [name, key, value] =
                ["ResourceName", "TagKey", "TagValue"].map(|field| text(row, field));
            format!("{name} {key}={value}")
        })
        .collect()
}

async fn tags(cloud: &Cloud, kind: &str, more: &[(&str, &str)]) -> Vec<String> {
    let mut params = vec![("ResourceType", kind)];
    params.extend(more);
    shown(&cloud.admin("ListTagResources", &params).await)
}

#[tokio::test]
async fn tags_come_and_go() {
    let cloud = Cloud::new().await;
    role(&cloud, "One", "").await;
    role(&cloud, "two", r#"[{"Key":"team","Value":"blue"}]"#).await;
    let add = [
        ("ResourceType", "role"),
        ("ResourceNames", r#"["one","two"]"#),
        ("Tag", r#"[{"Key":"team","Value":"red"},{"Key":"empty"}]"#),
    ];
    cloud.admin("TagResources", &add).await;
    let all = ["One team=red", "One empty=", "two team=red", "two empty="];
    assert_eq!(tags(&cloud, "role", &[]).await, all);
    let some = [("ResourceNames", r#"["TWO","none"]"#)];
    assert_eq!(tags(&cloud, "role", &some).await, all[2..]);
    assert_eq!(tags(&cloud, "policy", &[]).await, [""; 0]);
    let remove = [
        ("ResourceType", "role"),
        ("ResourceNames", r#"["One"]"#),
        ("TagKeys", r#"["empty","none"]"#),
        ("All", "true"),
    ];
    cloud.admin("UntagResources", &remove).await;
    assert_eq!(tags(&cloud, "role", &[]).await, [all[0], all[2], all[3]]);
    let clear = [
        ("ResourceType", "role"),
        ("ResourceNames", r#"["two"]"#),
        ("All", "true"),
    ];
    cloud.admin("UntagResources", &clear).await;
    assert_eq!(tags(&cloud, "role", &[]).await, all[..1]);
}

#[tokio::test]
async fn lists_look_for_tags() {
    let cloud = Cloud::new().await;
    for (name, color) in [("a", "red"), ("b", "blue"), ("c", "red")] {
        let tag = format!(r#"[{{"Key":"color","Value":"{color}"}}]"#);
        role(&cloud, name, &tag).await;
        custom_policy(&cloud, name, &tag).await;
    }
    role(&cloud, "d", "").await;
    let red = ("Tag", r#"[{"Key":"color","Value":"red"}]"#);
    let any = ("Tag", r#"[{"Key":"color"}]"#);
    let none = ("Tag", r#"[{"Key":"color","Value":"red"},{"Key":"size"}]"#);
    for (tag, names) in [(red, &["a", "c"][..]), (any, &["a", "b", "c"]), (none, &[])] {
        let roles = cloud.admin("ListRoles", &[tag]).await;
        assert_eq!(roles.names("/Roles/Role", "RoleName"), names);
        let policies = cloud.admin("ListPolicies", &[tag]).await;
        assert_eq!(policies.names("/Policies/Policy", "PolicyName"), names);
        assert_eq!(policies.json["IsTruncated"], false);
    }
    let page = cloud.admin("ListRoles", &[red, ("MaxItems", "1")]).await;
    assert_eq!(page.names("/Roles/Role", "RoleName"), ["a"]);
    assert_eq!(page.names("/Roles/Role/0/Tags/Tag", "TagKey"), ["color"]);
    assert_eq!(page.names("/Roles/Role/0/Tags/Tag", "TagValue"), ["red"]);
    let next = [red, ("MaxItems", "1"), ("Marker", &*page.text("/Marker"))];
    let last = cloud.admin("ListRoles", &next).await;
    assert_eq!(last.names("/Roles/Role", "RoleName"), ["c"]);
    assert_eq!(last.json["IsTruncated"], false);
    let tagged = tags(&cloud, "policy", &[red]).await;
    assert_eq!(tagged, ["a color=red", "c color=red"]);
    let all = cloud.admin("ListRoles", &[]).await;
    assert_eq!(all.names("/Roles/Role/3/Tags/Tag", "TagKey"), [""; 0]);
}

#[tokio::test]
async fn tags_are_listed_in_pages() {
    let cloud = Cloud::new().await;
    let two = r#"[{"Key":"k1","Value":"v"},{"Key":"k2","Value":"v"}]"#;
    role(&cloud, "a", two).await;
    role(&cloud, "b", two).await;
    let (mut found, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let mut params = vec![("ResourceType", "role"), ("PageSize", "3")];
        if !token.is_empty() {
            params.push(("NextToken", &token));
        }
        let page = cloud.admin("ListTagResources", &params).await;
        found.extend(shown(&page));
        pages += 1;
        token = page.text("/NextToken");
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, ["a k1=v", "a k2=v", "b k1=v", "b k2=v"]);
    assert_eq!(pages, 2);
}

#[tokio::test]
async fn tags_that_cannot_be() {
    let cloud = Cloud::new().await;
    role(&cloud, "r", "").await;
    let list = |count: usize| {
        let tag = |n: usize| format!(r#"{{"Key":"k{n}","Value":""}}"#);
        format!("[{}]", (0..count).map(tag).collect::<Vec<_>>().join(","))
    };
    let one = |key: &str, value: &str| format!(r#"[{{"Key":"{key}","Value":"{value}"}}]"#);
    let many = format!("[{}]", vec!["\"r\""; 51].join(","));
    let good = one("k", "v");
    let (kind, names) = (("ResourceType", "role"), ("ResourceNames", r#"["r"]"#));
    let tag = |tag: &str| tag.to_owned();
    for (action, params, status, code) in [
        (
            "TagResources",
            vec![names, ("Tag", &*good)],
            400,
            "MissingParameter",
        ),
        (
            "TagResources",
            vec![kind, ("Tag", &*good)],
            400,
            "MissingParameter",
        ),
        ("TagResources", vec![kind, names], 400, "MissingParameter"),
        (
            "TagResources",
            vec![("ResourceType", "user"), names, ("Tag", &*good)],
            400,
            "InvalidParameter.ResourceType",
        ),
        (
            "TagResources",
            vec![kind, ("ResourceNames", "r"), ("Tag", &*good)],
            400,
            "InvalidParameter.ResourceNames",
        ),
        (
            "TagResources",
            vec![kind, ("ResourceNames", &*many), ("Tag", &*good)],
            400,
            "InvalidParameter.ResourceNames",
        ),
        (
            "TagResources",
            vec![kind, ("ResourceNames", r#"["r","none"]"#), ("Tag", &*good)],
            404,
            "EntityNotExist.Role",
        ),
        (
            "TagResources",
            vec![("ResourceType", "policy"), names, ("Tag", &*good)],
            404,
            "EntityNotExist.Policy",
        ),
        (
            "TagResources",
            vec![kind, names, ("Tag", "k=v")],
            400,
            "InvalidParameter.Tag",
        ),
        (
            "TagResources",
            vec![kind, names, ("Tag", r#"[{"Key":"k"},{"Key":"k"}]"#)],
            400,
            "InvalidParameter.Tag",
        ),
        (
            "TagResources",
            vec![kind, names, ("Tag", r#"[{"TagKey":"k"}]"#)],
            400,
            "InvalidParameter.Tag",
        ),
        ("UntagResources", vec![kind, names], 400, "MissingParameter"),
        (
            "UntagResources",
            vec![kind, names, ("All", "yes")],
            400,
            "InvalidParameter.All",
        ),
        (
            "UntagResources",
            vec![kind, ("All", "true")],
            400,
            "MissingParameter",
        ),
        (
            "UntagResources",
            vec![kind, names, ("TagKeys", "k")],
            400,
            "InvalidParameter.TagKeys",
        ),
        ("ListTagResources", vec![], 400, "MissingParameter"),
        (
            "ListTagResources",
            vec![kind, ("PageSize", "101")],
            400,
            "InvalidParameter.PageSize",
        ),
        (
            "ListTagResources",
            vec![kind, ("NextToken", "?")],
            400,
            "InvalidParameter.NextToken",
        ),
    ] {
        let answer = cloud.ram(&Key::admin(), action, &params).await;
        assert_eq!(
            (answer.status, answer.text("/Code")),
            (status, code.to_owned()),
            "{action} {params:?} {}",
            answer.body
        );
    }
    for (bad, code) in [
        (list(21), "InvalidParameter.Tag"),
        (one("", "v"), "InvalidParameter.TagKey.Length"),
        (one(&"k".repeat(129), "v"), "InvalidParameter.TagKey.Length"),
        (
            one("k", &"v".repeat(257)),
            "InvalidParameter.TagValue.Length",
        ),
        (one("acs:k", "v"), "InvalidParameter.TagKey.InvalidChars"),
        (one("aliyunk", "v"), "InvalidParameter.TagKey.InvalidChars"),
        (
            one("k", "http://v"),
            "InvalidParameter.TagValue.InvalidChars",
        ),
        (tag("{}"), "InvalidParameter.Tag"),
    ] {
        let params = [kind, names, ("Tag", &*bad)];
        let answer = cloud.ram(&Key::admin(), "TagResources", &params).await;
        answer.refused(400, code);
        let role = [
            ("RoleName", "new"),
            ("AssumeRolePolicyDocument", TRUST_ACCOUNT),
            ("Tag", &*bad),
        ];
        let answer = cloud.ram(&Key::admin(), "CreateRole", &role).await;
        answer.refused(400, code);
    }
    assert_eq!(tags(&cloud, "role", &[]).await, [""; 0]);
    let full = list(20);
    cloud
        .admin("TagResources", &[kind, names, ("Tag", &*full)])
        .await;
    let answer = cloud
        .ram(
            &Key::admin(),
            "TagResources",
            &[kind, names, ("Tag", &*good)],
        )
        .await;
    answer.refused(409, "LimitExceeded.Tag");
    assert_eq!(tags(&cloud, "role", &[]).await.len(), 20);
}

/// <https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-tagresources>: all resources.
#[tokio::test]
async fn calls_about_tags_are_asked_for_on_everything() {
    let cloud = Cloud::new().await;
    role(&cloud, "r", "").await;
    let narrow = policy("Allow", "ram:*", "acs:ram:*:1234567890123456:role/*");
    let narrow = cloud.user("narrow", Some(&narrow)).await;
    let wide = cloud
        .user("wide", Some(&policy("Allow", "ram:ListTagResources", "*")))
        .await;
    let params = [("ResourceType", "role")];
    let refusal = cloud.ram(&narrow, "ListTagResources", &params).await;
    refusal.refused(403, "NoPermission");
    cloud.ram(&wide, "ListTagResources", &params).await.ok();
}

#[tokio::test]
async fn a_policy_is_described_anew() {
    let cloud = Cloud::new().await;
    custom_policy(&cloud, "p", "[]").await;
    let params = [("PolicyName", "p"), ("NewDescription", "for readers")];
    let answer = cloud.admin("UpdatePolicyDescription", &params).await;
    assert_eq!(answer.text("/Policy/Description"), "for readers");
    let named = [("PolicyName", "p"), ("PolicyType", "Custom")];
    let shown = cloud.admin("GetPolicy", &named).await;
    assert_eq!(shown.text("/Policy/Description"), "for readers");
    let long = "d".repeat(1025);
    for (params, status, code) in [
        (
            [("PolicyName", "p"), ("NewDescription", &*long)],
            400,
            "InvalidParameter.NewDescription.Length",
        ),
        (
            [("PolicyName", "none"), ("NewDescription", "x")],
            404,
            "EntityNotExist.Policy",
        ),
        (
            [("PolicyName", "p"), ("Description", "x")],
            400,
            "MissingParameter",
        ),
    ] {
        let answer = cloud
            .ram(&Key::admin(), "UpdatePolicyDescription", &params)
            .await;
        answer.refused(status, code);
    }
}

//! RAM users.

use crate::cloud::{Cloud, Key};
use gateway::AuthMode;
use identity::Limits;

#[tokio::test]
async fn a_user_lives() {
    let cloud = Cloud::new().await;
    let params = [
        ("UserName", "anna"),
        ("DisplayName", "安娜 A."),
        ("MobilePhone", "86-18600008888"),
        ("Email", "anna@example.com"),
        ("Comments", "tests"),
    ];
    let made = cloud.admin("CreateUser", &params).await;
    assert_eq!(made.text("/User/UserId").len(), 18);
    assert_eq!(made.text("/User/CreateDate"), "2026-01-01T00:00:00Z");
    for (name, value) in params {
        assert_eq!(made.text(&format!("/User/{name}")), value);
    }
    cloud.advance(60);
    let got = cloud.admin("GetUser", &[("UserName", "anna")]).await;
    assert_eq!(got.text("/User/UpdateDate"), "2026-01-01T00:00:00Z");
    for (name, value) in made.json["User"].as_object().unwrap() {
        assert_eq!(&got.json["User"][name], value);
    }
    let changes = [
        ("UserName", "anna"),
        ("NewUserName", "annie"),
        ("NewComments", ""),
        ("NewEmail", "b@c.de"),
    ];
    let changed = cloud.admin("UpdateUser", &changes).await;
    assert_eq!(changed.text("/User/UserName"), "annie");
    assert_eq!(changed.text("/User/Email"), "b@c.de");
    assert_eq!(changed.text("/User/Comments"), "");
    assert_eq!(changed.text("/User/DisplayName"), "安娜 A.");
    assert_eq!(changed.text("/User/UserId"), made.text("/User/UserId"));
    assert_eq!(changed.text("/User/UpdateDate"), "2026-01-01T00:01:00Z");
    let admin = Key::admin();
    let gone = cloud.ram(&admin, "GetUser", &[("UserName", "anna")]).await;
    gone.says(404, "EntityNotExist.User", "The user does not exist.");
    cloud.admin("DeleteUser", &[("UserName", "annie")]).await;
    cloud
        .ram(&admin, "DeleteUser", &[("UserName", "annie")])
        .await
        .refused(404, "EntityNotExist.User");
    cloud
        .ram(&admin, "UpdateUser", &[("UserName", "annie")])
        .await
        .refused(404, "EntityNotExist.User");
}

#[tokio::test]
async fn keys_and_policies_follow_a_user_to_its_new_name() {
    let cloud = Cloud::new().await;
    let key = cloud.user("before", None).await;
    cloud
        .attach("User", "before", "System", "AliyunRAMReadOnlyAccess")
        .await;
    cloud.ram(&key, "ListUsers", &[]).await.ok();
    cloud
        .admin(
            "UpdateUser",
            &[("UserName", "before"), ("NewUserName", "after")],
        )
        .await;
    cloud.ram(&key, "ListUsers", &[]).await.ok();
    let who = cloud.sts(&key, "GetCallerIdentity", &[]).await.ok();
    assert!(who.text("/Arn").ends_with(":user/after"));
    // The old name is free, and means somebody else.
    cloud.admin("CreateUser", &[("UserName", "before")]).await;
    let taken = cloud
        .ram(
            &Key::admin(),
            "UpdateUser",
            &[("UserName", "before"), ("NewUserName", "after")],
        )
        .await;
    taken.says(
        409,
        "EntityAlreadyExists.User",
        "The user does already EXIST.",
    );
}

#[tokio::test]
async fn bad_parameters_are_told_apart() {
    let cloud = Cloud::new().await;
    cloud.admin("CreateUser", &[("UserName", "u")]).await;
    let (long, comments) = ("x".repeat(65), "x".repeat(129));
    let cases: [(&str, &str, &str, &str); 13] = [
        (
            "CreateUser",
            "UserName",
            "a b",
            "InvalidParameter.UserName.InvalidChars",
        ),
        (
            "CreateUser",
            "UserName",
            &long,
            "InvalidParameter.UserName.Length",
        ),
        (
            "CreateUser",
            "UserName",
            "",
            "InvalidParameter.UserName.Length",
        ),
        (
            "CreateUser",
            "DisplayName",
            &comments,
            "InvalidParameter.DisplayName.Length",
        ),
        (
            "CreateUser",
            "DisplayName",
            "a\u{7}",
            "InvalidParameter.DisplayName.InvalidChars",
        ),
        (
            "CreateUser",
            "MobilePhone",
            "123",
            "InvalidParameter.MobilePhone.Format",
        ),
        (
            "CreateUser",
            "Email",
            "nobody",
            "InvalidParameter.Email.Format",
        ),
        (
            "CreateUser",
            "Comments",
            &comments,
            "InvalidParameter.Comments.Length",
        ),
        (
            "UpdateUser",
            "NewUserName",
            "a/b",
            "InvalidParameter.NewUserName.InvalidChars",
        ),
        (
            "UpdateUser",
            "NewUserName",
            &long,
            "InvalidParameter.NewUserName.Length",
        ),
        (
            "UpdateUser",
            "NewEmail",
            "@",
            "InvalidParameter.NewEmail.Format",
        ),
        (
            "UpdateUser",
            "NewMobilePhone",
            "x-1",
            "InvalidParameter.NewMobilePhone.Format",
        ),
        (
            "GetUser",
            "UserName",
            "../u",
            "InvalidParameter.UserName.InvalidChars",
        ),
    ];
    for (action, name, value, code) in cases {
        let mut params = vec![("UserName", "u")];
        params.retain(|(n, _)| *n != name);
        params.push((name, value));
        cloud
            .ram(&Key::admin(), action, &params)
            .await
            .refused(400, code);
    }
    let none = cloud.ram(&Key::admin(), "GetUser", &[]).await;
    none.refused(400, "MissingParameter");
    let chars = cloud
        .ram(&Key::admin(), "GetUser", &[("UserName", "a b")])
        .await;
    assert_eq!(
        chars.text("/Message"),
        "The parameter - \"UserName\" contains invalid chars."
    );
    let length = cloud
        .ram(&Key::admin(), "GetUser", &[("UserName", &long)])
        .await;
    assert_eq!(
        length.text("/Message"),
        "The parameter - \"UserName\" beyond the length limit."
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let cloud = Cloud::new().await;
    for name in ["d", "b", "a", "c", "b-2"] {
        cloud.admin("CreateUser", &[("UserName", name)]).await;
    }
    let (mut names, mut marker, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let mut params = vec![("MaxItems", "2")];
        params.extend((!marker.is_empty()).then_some(("Marker", marker.as_str())));
        let page = cloud.admin("ListUsers", &params).await;
        names.extend(page.names("/Users/User", "UserName"));
        pages += 1;
        if page.json["IsTruncated"] == false {
            assert!(page.json.get("Marker").is_none());
            break;
        }
        marker = page.text("/Marker");
    }
    assert_eq!(names, ["a", "b", "b-2", "c", "d", "localyun"]);
    assert_eq!(pages, 3);
    let admin = Key::admin();
    for size in ["0", "1001", "x"] {
        cloud
            .ram(&admin, "ListUsers", &[("MaxItems", size)])
            .await
            .refused(400, "InvalidParameter.MaxItems");
    }
    cloud
        .ram(&admin, "ListUsers", &[("Marker", "?")])
        .await
        .refused(400, "InvalidParameter.Marker");
}

#[tokio::test]
async fn a_user_with_keys_or_policies_stays() {
    let cloud = Cloud::new().await;
    let key = cloud.user("u", None).await;
    cloud.attach("User", "u", "System", "ReadOnlyAccess").await;
    let admin = Key::admin();
    let delete = [("UserName", "u")];
    let answer = cloud.ram(&admin, "DeleteUser", &delete).await;
    let message = "The user CAN NOT has any access key while deleting the user.";
    answer.says(409, "DeleteConflict.User.AccessKey", message);
    cloud
        .admin(
            "DeleteAccessKey",
            &[("UserName", "u"), ("UserAccessKeyId", &key.id)],
        )
        .await;
    let answer = cloud.ram(&admin, "DeleteUser", &delete).await;
    answer.refused(409, "DeleteConflict.User.Policy");
    let detach = [
        ("UserName", "u"),
        ("PolicyType", "System"),
        ("PolicyName", "ReadOnlyAccess"),
    ];
    cloud.admin("DetachPolicyFromUser", &detach).await;
    cloud.admin("DeleteUser", &delete).await;
}

#[tokio::test]
async fn the_limit_holds_and_counts_what_is_gone() {
    let limits = Limits {
        users: 2,
        ..Limits::default()
    };
    let cloud = Cloud::with(limits, AuthMode::Enforce).await;
    cloud.admin("CreateUser", &[("UserName", "second")]).await;
    let third = cloud
        .ram(&Key::admin(), "CreateUser", &[("UserName", "third")])
        .await;
    third.says(
        409,
        "LimitExceeded.User",
        "The count of users beyond the current limits.",
    );
    cloud.admin("DeleteUser", &[("UserName", "second")]).await;
    cloud.admin("CreateUser", &[("UserName", "third")]).await;
    let again = cloud
        .ram(&Key::admin(), "CreateUser", &[("UserName", "third")])
        .await;
    again.refused(409, "EntityAlreadyExists.User");
}

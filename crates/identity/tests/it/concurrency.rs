//! What happens at once happens as if one after the other.

use std::sync::Arc;

use crate::cloud::{Cloud, Key, TRUST_ACCOUNT, policy};
use futures_util::future::join_all;
use gateway::AuthMode;
use identity::{DEFAULT_ACCOUNT, Limits};

/// Runs calls in tasks of their own, and returns how they ended.
async fn at_once(
    cloud: &Arc<Cloud>,
    calls: Vec<(&'static str, Vec<(&'static str, String)>)>,
) -> Vec<(u16, String)> {
    let tasks = calls.into_iter().map(|(action, params)| {
        let cloud = cloud.clone();
        tokio::spawn(async move {
            let params: Vec<(&str, &str)> = params.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let answer = cloud.ram(&Key::admin(), action, &params).await;
            (answer.status, answer.text("/Code"))
        })
    });
    join_all(tasks)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

fn count(ends: &[(u16, String)], status: u16) -> usize {
    ends.iter().filter(|(s, _)| *s == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_makes_the_user() {
    let cloud = Arc::new(Cloud::new().await);
    let calls = (0..50)
        .map(|_| ("CreateUser", vec![("UserName", "same".to_owned())]))
        .collect();
    let ends = at_once(&cloud, calls).await;
    assert_eq!(count(&ends, 200), 1, "{ends:?}");
    assert!(
        ends.iter()
            .all(|(s, c)| *s == 200 || c == "EntityAlreadyExists.User"),
        "{ends:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_is_never_passed() {
    let limits = Limits {
        users: 11,
        ..Limits::default()
    };
    let cloud = Arc::new(Cloud::with(limits, AuthMode::Enforce).await);
    let calls = (0..40)
        .map(|n| ("CreateUser", vec![("UserName", format!("u{n}"))]))
        .collect();
    let ends = at_once(&cloud, calls).await;
    assert_eq!(count(&ends, 200), 10, "{ends:?}");
    assert!(
        ends.iter()
            .all(|(s, c)| *s == 200 || c == "LimitExceeded.User"),
        "{ends:?}"
    );
    assert_eq!(
        cloud
            .admin("ListUsers", &[])
            .await
            .names("/Users/User", "UserName")
            .len(),
        11
    );

    let calls = (0..20)
        .map(|_| ("CreateAccessKey", vec![("UserName", "localyun".to_owned())]))
        .collect();
    let ends = at_once(&cloud, calls).await;
    assert_eq!(
        count(&ends, 200),
        1,
        "the administrator has one already: {ends:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deleting_and_attaching_leave_nothing_behind() {
    for round in 0..20 {
        let cloud = Arc::new(Cloud::new().await);
        cloud.role("r", TRUST_ACCOUNT, None).await;
        let document = policy("Allow", "oss:*", "*");
        for n in 0..4 {
            let name = format!("p{n}");
            cloud
                .admin(
                    "CreatePolicy",
                    &[("PolicyName", &name), ("PolicyDocument", &document)],
                )
                .await;
        }
        let mut calls = vec![("DeleteRole", vec![("RoleName", "r".to_owned())])];
        for n in 0..4 {
            let attach = vec![
                ("RoleName", "r".to_owned()),
                ("PolicyType", "Custom".to_owned()),
                ("PolicyName", format!("p{n}")),
            ];
            calls.push(("AttachPolicyToRole", attach));
            calls.push(("DeletePolicy", vec![("PolicyName", format!("p{n}"))]));
        }
        calls.rotate_left(round % 9);
        at_once(&cloud, calls).await;
        dangling_rows(&cloud).await;
    }
}

/// Every attachment has both ends and every count is right.
async fn dangling_rows(cloud: &Cloud) {
    let view = cloud.store.meta.view().await.unwrap();
    let mut cursor = view.cursor(b"ram/attached-to/");
    while let Some(row) = cursor.next().await.unwrap() {
        let key = String::from_utf8(row.key.to_vec()).unwrap();
        let parts: Vec<&str> = key.split('/').collect();
        let [_, _, uid, kind, policy, entity, id] = parts[..] else {
            panic!("{key}")
        };
        let holder = view
            .get(format!("ram/{entity}/{uid}/{id}").as_bytes())
            .await
            .unwrap();
        assert!(holder.is_some(), "{key} has no holder");
        if kind == "Custom" {
            let row = view
                .get(format!("ram/policy/{uid}/{policy}").as_bytes())
                .await
                .unwrap();
            assert!(row.is_some(), "{key} has no policy");
        }
    }
    let mut cursor = view.cursor(format!("ram/uses/{DEFAULT_ACCOUNT}/Custom/").as_bytes());
    while let Some(row) = cursor.next().await.unwrap() {
        let key = String::from_utf8(row.key.to_vec()).unwrap();
        let prefix = format!("{}/", key.replace("ram/uses/", "ram/attached-to/"));
        let rows = view.cursor(prefix.as_bytes()).take(1000).await.unwrap();
        assert_eq!(row.counter(), rows.len() as i64, "{key}");
    }
    let mut cursor = view.cursor(format!("ram/attached/{DEFAULT_ACCOUNT}/role/").as_bytes());
    while let Some(row) = cursor.next().await.unwrap() {
        let key = String::from_utf8(row.key.to_vec()).unwrap();
        let role = view
            .get(
                key.replace("ram/attached/", "ram/")
                    .replace("/role/", "/")
                    .replace("ram/", "ram/role/")
                    .as_bytes(),
            )
            .await
            .unwrap();
        assert!(role.is_some(), "{key} has no role");
    }
}

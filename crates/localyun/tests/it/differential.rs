//! The simulator and the pipeline answer alike: random worlds, every principal, every request, asked of both.

mod worlds;

use gateway::Response;
use localyun::{Asking, Config};
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, TestRunner};

use crate::requests::{Key, OssRequest, TestCloud, text};
use worlds::{ACCOUNT, FOREIGN, World, world};

const RAM: &str = "2015-05-01";
const STS: &str = "2015-04-01";

/// Somebody who asks, with credentials.
struct Asker {
    principal: String,
    session_policy: Option<String>,
    key: Option<Key>,
}

/// One request, and what it asks of the policies.
struct Try {
    real: Real,
    actions: &'static [&'static str],
    resource: &'static str,
    context: &'static [(&'static str, &'static str)],
}

enum Real {
    Oss(OssRequest),
    Rpc(
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
    ),
}

const fn oss(method: &'static str, key: &'static str, query: &'static str) -> OssRequest {
    OssRequest {
        method,
        bucket: "demo",
        key,
        query,
        headers: &[],
        body: "",
    }
}

fn on(real: OssRequest, action: &'static [&'static str], resource: &'static str) -> Try {
    Try {
        real: Real::Oss(real),
        actions: action,
        resource,
        context: &[],
    }
}

fn tries() -> Vec<Try> {
    let with_acl = OssRequest {
        headers: &[("x-oss-object-acl", "private")],
        ..oss("PUT", "a/new", "")
    };
    let all = OssRequest {
        bucket: "",
        ..oss("GET", "", "")
    };
    let (get, put, list) = (&["oss:GetObject"], &["oss:PutObject"], &["oss:ListObjects"]);
    let put_acl = &["oss:PutObject", "oss:PutObjectAcl"];
    let mut tries = vec![
        on(oss("GET", "a/x", ""), get, "oss://demo/a/x"),
        on(oss("GET", "open", ""), get, "oss://demo/open"),
        on(oss("GET", "none", ""), get, "oss://demo/none"),
        on(oss("PUT", "a/new", ""), put, "oss://demo/a/new"),
        Try {
            context: &[("oss:x-oss-object-acl", "private")],
            ..on(with_acl, put_acl, "oss://demo/a/new")
        },
        on(
            oss("GET", "a/x", "acl"),
            &["oss:GetObjectAcl"],
            "oss://demo/a/x",
        ),
        on(oss("GET", "", ""), list, "oss://demo"),
        Try {
            context: &[("oss:Prefix", "a/")],
            ..on(oss("GET", "", "prefix=a%2F"), list, "oss://demo")
        },
        on(oss("GET", "", "acl"), &["oss:GetBucketAcl"], "oss://demo"),
        on(
            oss("DELETE", "a/x", ""),
            &["oss:DeleteObject"],
            "oss://demo/a/x",
        ),
        on(all, &["oss:ListBuckets"], "*"),
    ];
    tries.extend(calls());
    tries
}

fn calls() -> [Try; 2] {
    let params = &[
        ("RoleArn", "acs:ram::1234567890123456:role/target"),
        ("RoleSessionName", "differential"),
    ];
    [
        Try {
            real: Real::Rpc(STS, "AssumeRole", params),
            actions: &["sts:AssumeRole"],
            resource: "acs:ram:*:1234567890123456:role/target",
            context: &[],
        },
        Try {
            real: Real::Rpc(RAM, "ListUsers", &[]),
            actions: &["ram:ListUsers"],
            resource: "*",
            context: &[],
        },
    ]
}

/// Whether the request got past authentication and the policies.
async fn allowed(response: Response) -> bool {
    let status = response.status().as_u16();
    let text = text(response).await;
    match status {
        403 => false,
        400 => !text.contains("MissingParameter"),
        _ => true,
    }
}

async fn send(cloud: &TestCloud, real: &Real, key: Option<&Key>) -> bool {
    let response = match real {
        Real::Oss(request) => cloud.oss(request, key).await,
        Real::Rpc(version, action, params) => cloud.rpc(version, action, params, key).await,
    };
    allowed(response).await
}

/// Asked before the request is sent, which may change what is there.
async fn simulated(cloud: &TestCloud, asker: &Asker, one: &Try) -> (bool, String) {
    let mut told = String::new();
    for action in one.actions {
        let context = one.context.iter();
        let asking = Asking {
            principal: asker.principal.clone(),
            action: Some((*action).to_owned()),
            resource: one.resource.to_owned(),
            context: context
                .map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned())))
                .collect(),
            session_policy: asker.session_policy.clone(),
        };
        let answer = cloud.simulate(&asking).await;
        told.push_str(&answer.text);
        if !answer.allowed {
            return (false, told);
        }
    }
    (true, told)
}

/// A cloud with this world, and everybody in it.
async fn build(world: &World) -> (TestCloud, Vec<Asker>) {
    let config = Config {
        accounts: vec![FOREIGN.parse().expect("a uid")],
        ..Config::default()
    };
    let cloud = TestCloud::with(config).await;
    let foreign = Key::new("localyun.2222222222222222", "localyun.2222222222222222");
    let anna = user(&cloud, &Key::administrator(), "anna", &world.user).await;
    let eve = user(&cloud, &foreign, "eve", &world.user).await;
    let session = role(&cloud, world).await;
    bucket(&cloud, world, &[&anna.1, &eve.1]).await;
    let asker = |principal: &str, key: Option<Key>| Asker {
        principal: principal.to_owned(),
        session_policy: None,
        key,
    };
    let askers = vec![
        asker("anonymous", None),
        asker("root", Some(Key::root())),
        asker(
            "2222222222222222:root",
            Some(Key::new(
                "localyun.root.2222222222222222",
                "localyun.root.2222222222222222",
            )),
        ),
        asker("user/anna", Some(anna.0)),
        asker("2222222222222222:user/eve", Some(eve.0)),
        Asker {
            session_policy: world.session.clone(),
            ..asker("role/app/differential", Some(session))
        },
    ];
    (cloud, askers)
}

/// A user with one policy: the key and the id.
async fn user(cloud: &TestCloud, admin: &Key, name: &str, policy: &str) -> (Key, String) {
    let made = cloud
        .must_as(RAM, "CreateUser", &[("UserName", name)], admin)
        .await;
    let id = made["User"]["UserId"]
        .as_str()
        .expect("a user has an id")
        .to_owned();
    cloud
        .must_as(
            RAM,
            "CreatePolicy",
            &[("PolicyName", name), ("PolicyDocument", policy)],
            admin,
        )
        .await;
    let attach = [
        ("PolicyName", name),
        ("PolicyType", "Custom"),
        ("UserName", name),
    ];
    cloud
        .must_as(RAM, "AttachPolicyToUser", &attach, admin)
        .await;
    let made = cloud
        .must_as(RAM, "CreateAccessKey", &[("UserName", name)], admin)
        .await;
    (Key::told(&made["AccessKey"]), id)
}

/// A session of the role `app`; and the role `target`, which is there to be assumed.
async fn role(cloud: &TestCloud, world: &World) -> Key {
    let open = worlds::trust("acs:ram::1234567890123456:root");
    for (name, trust) in [("app", open.as_str()), ("target", &world.trust)] {
        let params = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        cloud.must(RAM, "CreateRole", &params).await;
    }
    cloud
        .must(
            RAM,
            "CreatePolicy",
            &[("PolicyName", "app"), ("PolicyDocument", &world.role)],
        )
        .await;
    let attach = [
        ("PolicyName", "app"),
        ("PolicyType", "Custom"),
        ("RoleName", "app"),
    ];
    cloud.must(RAM, "AttachPolicyToRole", &attach).await;
    let mut params = vec![
        ("RoleArn", "acs:ram::1234567890123456:role/app"),
        ("RoleSessionName", "differential"),
    ];
    params.extend(world.session.as_deref().map(|policy| ("Policy", policy)));
    let assumed = cloud.must(STS, "AssumeRole", &params).await;
    Key::told(&assumed["Credentials"])
}

async fn bucket(cloud: &TestCloud, world: &World, ids: &[&str]) {
    let acl = OssRequest {
        headers: world.acl,
        ..oss("PUT", "", "")
    };
    let open = OssRequest {
        headers: &[("x-oss-object-acl", "public-read")],
        ..oss("PUT", "open", "")
    };
    for request in [acl, oss("PUT", "a/x", ""), open] {
        let response = cloud.oss(&request, Some(&Key::root())).await;
        assert!(
            response.status().is_success(),
            "{request:?}: {}",
            text(response).await
        );
    }
    if let Some(policy) = &world.bucket {
        let policy = policy.replace("ANNA", ids[0]).replace("EVE", ids[1]);
        let response = cloud.put_policy("demo", policy, &Key::root()).await;
        assert!(response.status().is_success(), "{}", text(response).await);
    }
}

async fn compare(world: World) -> Result<(), TestCaseError> {
    let (cloud, askers) = build(&world).await;
    for one in tries() {
        for asker in &askers {
            let (said, told) = simulated(&cloud, asker, &one).await;
            let real = send(&cloud, &one.real, asker.key.as_ref()).await;
            prop_assert_eq!(
                said,
                real,
                "{}: {:?}\n{}\n{:#?}",
                &asker.principal,
                one.actions,
                told,
                world
            );
        }
    }
    Ok(())
}

#[test]
fn the_simulator_answers_as_the_pipeline_does() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime can be made");
    let mut runner = TestRunner::new(Runs {
        cases: 64,
        failure_persistence: None,
        ..Runs::default()
    });
    let outcome = runner.run(&world(), |world| runtime.block_on(compare(world)));
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // Accounts are what the ARNs of this test say.
    assert_eq!(identity::DEFAULT_ACCOUNT, ACCOUNT);
}

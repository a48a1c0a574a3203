//! What an explanation says, and that its remedies help.

use policy::{
    Access, Acl, Attached, Context, Decision, Document, Explanation, Fallback, Fix, Grammar,
    Holder, Identity, Merge, Place, PolicyType, Principal, Question, Request, decide,
};

/// A request and the policies that bear on it, each with a name of its own.
#[derive(Clone)]
struct Scene {
    caller: Principal,
    action: &'static str,
    resource: &'static str,
    context: Context,
    session: Option<Vec<Attached>>,
    identity: Vec<Attached>,
    guard: Vec<Attached>,
    merge: Merge,
    fallback: Option<Fallback>,
}

impl Scene {
    fn of(caller: Principal, action: &'static str, resource: &'static str) -> Self {
        Self {
            caller,
            action,
            resource,
            context: [("acs:SourceIp", "127.0.0.1")].into_iter().collect(),
            session: None,
            identity: Vec::new(),
            guard: Vec::new(),
            merge: Merge::Either,
            fallback: None,
        }
    }

    fn ask<T>(&self, run: impl Fn(&Question<'_>, &Request<'_>) -> T) -> T {
        let question = Question {
            control: None,
            session: self.session.as_deref(),
            identity: Identity {
                account: &self.identity,
                resource_group: &[],
            },
            resource: &self.guard,
            merge: self.merge,
            owner: Some("1"),
            fallback: self.fallback,
        };
        let request = Request {
            principal: &self.caller,
            action: self.action,
            resource: self.resource,
            context: &self.context,
        };
        run(&question, &request)
    }

    fn explain(&self) -> Explanation {
        let explanation = self.ask(Explanation::of);
        assert_eq!(explanation.decision, self.decide());
        explanation
    }

    fn decide(&self) -> Decision {
        self.ask(|question, request| decide(question, request, &mut ()))
    }

    /// Follows a remedy to the letter.
    fn follow(&self, fixes: &[Fix]) -> Self {
        let mut mended = self.clone();
        for fix in fixes {
            match fix {
                Fix::Change(statement) => {
                    let lists = [&mut mended.identity, &mut mended.guard];
                    for list in lists.into_iter().chain(&mut mended.session) {
                        list.retain(|one| one.name != statement.policy);
                    }
                }
                Fix::Add {
                    place, statement, ..
                } => {
                    let statement = statement.to_string();
                    match place {
                        Place::SessionPolicy => mended
                            .session
                            .get_or_insert_default()
                            .push(session(&statement)),
                        Place::IdentityPolicy => mended.identity.push(identity("new", &statement)),
                        Place::BucketPolicy => mended.guard.push(bucket(&statement)),
                        Place::TrustPolicy => mended.guard.push(trust(&statement)),
                        Place::ControlPolicy => panic!("there is no control policy"),
                    }
                }
            }
        }
        mended
    }

    /// Where the statements of each remedy go. Every remedy is followed, and has to help.
    fn places(&self) -> Vec<Vec<String>> {
        let explanation = self.explain();
        for fixes in &explanation.remedies {
            assert!(self.follow(fixes).decide().is_allow(), "{fixes:?}");
        }
        let place = |fix: &Fix| match fix {
            Fix::Change(statement) => format!("change {}", statement.policy),
            Fix::Add { place, of, .. } => format!("{place:?} of {of}"),
        };
        let fixes = |fixes: &Vec<Fix>| fixes.iter().map(place).collect();
        explanation.remedies.iter().map(fixes).collect()
    }
}

fn attached(name: &str, policy_type: PolicyType, grammar: Grammar, statement: &str) -> Attached {
    let text = format!(r#"{{"Version":"1","Statement":[{statement}]}}"#);
    Attached::new(
        name,
        policy_type,
        Document::parse(&text, grammar).expect(&text),
    )
}

fn identity(name: &str, statement: &str) -> Attached {
    attached(name, PolicyType::Custom, Grammar::Identity, statement)
}

fn session(statement: &str) -> Attached {
    attached("session", PolicyType::Session, Grammar::Session, statement)
}

fn bucket(statement: &str) -> Attached {
    attached("bucket", PolicyType::Bucket, Grammar::Bucket, statement)
}

fn trust(statement: &str) -> Attached {
    attached("worker", PolicyType::Trust, Grammar::Trust, statement)
}

fn user(account: &str) -> Principal {
    Principal::User {
        account: account.into(),
        id: "100".into(),
        name: "alice".into(),
    }
}

fn worker() -> Principal {
    Principal::Session {
        account: "1".into(),
        role_id: "300".into(),
        role_name: "Worker".into(),
        session_name: "Ann".into(),
    }
}

const PRIVATE: Option<Fallback> = Some(Fallback {
    acl: Acl::Private,
    access: Access::Write,
});

fn put(caller: Principal) -> Scene {
    Scene {
        fallback: PRIVATE,
        ..Scene::of(caller, "oss:PutObject", "acs:oss:*:1:photos/cat.jpg")
    }
}

#[test]
fn a_denial_is_told_in_full() {
    let mut scene = put(user("1"));
    let readers = r#"{"Effect":"Allow","Action":["oss:Get*","oss:List*"],"Resource":"*"}"#;
    scene.identity.push(Attached {
        version: Some(2),
        holder: Some(Holder::Group("devs".into())),
        ..identity("readers", readers)
    });
    let elsewhere = r#"{"Effect":"Allow","Action":"oss:*","Resource":"acs:oss:*:*:photos"},
        {"Effect":"Allow","Action":"oss:*","Resource":"acs:oss:*:*:photos/*",
         "Condition":{"IpAddress":{"acs:SourceIp":"10.0.0.0/8"}}}"#;
    scene.identity.push(identity("elsewhere", elsewhere));
    scene.guard.push(bucket(
        r#"{"Effect":"Deny","Principal":["200"],"NotAction":"oss:GetObject","Resource":"acs:oss:*:1:photos/*"}"#,
    ));
    assert_eq!(
        scene.explain().to_string(),
        r#"DENIED  oss:PutObject on acs:oss:*:1:photos/cat.jpg
  for acs:ram::1:user/alice
  because no policy allows it, and the access control list does not either

  condition keys
    acs:SourceIp  127.0.0.1

  identity policies: nothing applies
    readers (Custom) Statement[0], v2, of the group devs, Allow: no match, action oss:PutObject is not among oss:Get*, oss:List*
    elsewhere (Custom) Statement[0], Allow: no match, resource acs:oss:*:1:photos/cat.jpg is not among acs:oss:*:*:photos
    elsewhere (Custom) Statement[1], Allow: no match, IpAddress acs:SourceIp: expected 10.0.0.0/8, but it is 127.0.0.1

  bucket policy: nothing applies
    the bucket policy Statement[0], Deny: no match, principal acs:ram::1:user/alice is not among 200

  access control list: does not allow

  it would be allowed
    with this in a policy of the user alice:
      {"Effect":"Allow","Action":"oss:PutObject","Resource":"acs:oss:*:1:photos/cat.jpg"}

  or
    with this in the bucket policy of the bucket photos:
      {"Effect":"Allow","Principal":["100"],"Action":"oss:PutObject","Resource":"acs:oss:*:1:photos/cat.jpg"}
"#
    );
    scene.places();
}

#[test]
fn an_allow_needs_no_remedy() {
    let mut scene = put(user("1"));
    scene.identity.push(identity(
        "all",
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
    ));
    let explanation = scene.explain();
    assert_eq!(explanation.because(), "all (Custom) Statement[0] allows it");
    assert!(explanation.remedies.is_empty());
    assert!(
        explanation
            .to_string()
            .starts_with("ALLOWED  oss:PutObject")
    );
}

#[test]
fn against_a_deny_no_allow_is_proposed() {
    let mut scene = put(user("1"));
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    scene.identity.push(identity("all", everything));
    scene.identity.push(identity(
        "no-writes",
        r#"{"Effect":"Deny","Action":"oss:Put*","Resource":"*"}"#,
    ));
    assert_eq!(scene.places(), [["change no-writes"]]);
    scene.guard.push(bucket(
        r#"{"Effect":"Deny","Principal":["*"],"Action":"oss:*","Resource":"acs:oss:*:1:photos/*"}"#,
    ));
    assert_eq!(
        scene.places(),
        [["change no-writes", "change bucket"]],
        "both deny"
    );
    let because = scene.explain().because();
    assert_eq!(
        because,
        "no-writes (Custom) Statement[0] and the bucket policy Statement[0] deny it"
    );
    scene.identity.remove(0);
    assert_eq!(
        scene.places(),
        [
            [
                "change no-writes",
                "change bucket",
                "IdentityPolicy of the user alice"
            ],
            [
                "change no-writes",
                "change bucket",
                "BucketPolicy of the bucket photos"
            ]
        ],
        "and nothing would allow it"
    );
}

#[test]
fn a_narrow_session_needs_both() {
    let mut scene = put(worker());
    scene.session = Some(vec![session(
        r#"{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}"#,
    )]);
    assert_eq!(
        scene.places(),
        [
            [
                "SessionPolicy of the session Ann",
                "IdentityPolicy of the role Worker"
            ],
            [
                "SessionPolicy of the session Ann",
                "BucketPolicy of the bucket photos"
            ],
        ]
    );
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    scene.identity.push(identity("all", all));
    assert_eq!(scene.places(), [["SessionPolicy of the session Ann"]]);
    assert_eq!(
        scene.explain().because(),
        "the session policy does not allow it"
    );
}

#[test]
fn strangers_are_let_in_by_the_bucket_only() {
    for caller in [user("2"), Principal::Anonymous] {
        let scene = put(caller);
        assert_eq!(scene.places(), [["BucketPolicy of the bucket photos"]]);
    }
    let text = put(user("2")).explain().to_string();
    assert!(
        text.contains("identity policies: not heard, because the resource belongs to another"),
        "{text}"
    );
    let ram = Scene::of(user("2"), "ram:GetUser", "acs:ram:*:1:user/bob");
    assert_eq!(ram.places(), Vec::<Vec<String>>::new());
    assert!(
        ram.explain()
            .to_string()
            .contains("no change to a single policy would allow it")
    );
}

#[test]
fn a_role_needs_the_caller_and_the_trust() {
    let assume = |caller| Scene {
        merge: Merge::Both,
        ..Scene::of(caller, "sts:AssumeRole", "acs:ram:*:1:role/worker")
    };
    let mut scene = assume(user("1"));
    let both = [
        "IdentityPolicy of the user alice",
        "TrustPolicy of the role worker",
    ];
    assert_eq!(scene.places(), [both]);
    scene.guard.push(trust(
        r#"{"Effect":"Allow","Principal":{"RAM":"acs:ram::1:root"},"Action":"sts:AssumeRole"}"#,
    ));
    assert_eq!(scene.places(), [[both[0]]]);
    let service = Principal::Service {
        name: "fc.aliyuncs.com".into(),
    };
    assert_eq!(assume(service).places(), [[both[1]]]);
    let mut oidc = assume(Principal::Federated {
        provider: "acs:ram::1:oidc-provider/ci".into(),
    });
    oidc.context.insert("oidc:aud", "sts");
    assert_eq!(oidc.places(), [[both[1]]]);
    let text = oidc.explain().to_string();
    let wanted = r#"{"Effect":"Allow","Principal":{"Federated":"acs:ram::1:oidc-provider/ci"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"oidc:aud":"sts"}}}"#;
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn what_not_action_leaves_out_is_said() {
    let mut scene = put(user("1"));
    scene.identity.push(identity(
        "most",
        r#"{"Effect":"Allow","NotAction":"oss:Put*","Resource":"*"}"#,
    ));
    let text = scene.explain().to_string();
    assert!(
        text.contains("action oss:PutObject is left out by oss:Put*"),
        "{text}"
    );
}

#[test]
fn programs_read_the_same() {
    let json = serde_json::to_value(put(user("1")).explain()).unwrap();
    assert_eq!(json["verdict"], "ImplicitDeny");
    assert_eq!(json["layer"], "Acl");
    assert_eq!(json["conditions"]["acs:SourceIp"][0], "127.0.0.1");
    assert_eq!(json["layers"][0]["layer"], "Identity");
    let add = &json["remedies"][1][0]["add"];
    assert_eq!(add["place"], "bucket_policy");
    assert_eq!(add["statement"]["Principal"][0], "100");
}

//! What holds for all policies and all requests.

use policy::{
    Access, Acl, Attached, Context, Decision, Document, Fallback, Grammar, Identity, Layer, Merge,
    PolicyType, Principal, Question, Recorder, Request, Verdict, decide,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A statement as text: small alphabets, so that statements and requests meet.
#[derive(Clone, Debug)]
struct Written {
    effect: &'static str,
    action: String,
    resource: String,
    condition: &'static str,
}

impl Written {
    fn json(&self, principal: &str) -> String {
        let Self {
            effect,
            action,
            resource,
            condition,
        } = self;
        format!(
            r#"{{"Effect":"{effect}",{principal}"Action":"{action}","Resource":"{resource}"{condition}}}"#
        )
    }
}

const ACTIONS: [&str; 4] = [
    "oss:GetObject",
    "oss:PutObject",
    "ram:GetUser",
    "oss:ListObjects",
];
const RESOURCES: [&str; 4] = [
    "acs:oss:*:1:b",
    "acs:oss:*:1:b/k",
    "acs:oss:*:1:c/d:e",
    "acs:ram:*:1:user/a",
];
const EVERYBODY: &str = r#""Principal":["1","2","100","*"],"#;

fn statement() -> impl Strategy<Value = Written> {
    let actions = vec![
        "*",
        "oss:*",
        "oss:Get*",
        "oss:?utObject",
        "ram:GetUser",
        "*:list*",
    ];
    let resources = vec![
        "*",
        "acs:oss:*:*:b",
        "acs:oss:*:*:b*",
        "acs:oss:*:1:?/*",
        "acs:ram::1:user/a",
        "acs:*:*:2:*",
    ];
    let conditions = vec![
        "",
        r#","Condition":{"StringEquals":{"k":["1","2"]}}"#,
        r#","Condition":{"StringNotEquals":{"k":["1","3"]}}"#,
        r#","Condition":{"NumericLessThan":{"k":2},"Bool":{"s":true}}"#,
    ];
    (
        select(vec!["Allow", "Allow", "Deny"]),
        select(actions),
        select(resources),
        select(conditions),
    )
        .prop_map(|(effect, action, resource, condition)| Written {
            effect,
            action: action.to_owned(),
            resource: resource.to_owned(),
            condition,
        })
}

fn attached(statements: &[Written], grammar: Grammar, principal: &str) -> Vec<Attached> {
    statements
        .iter()
        .map(|statement| {
            let one = statement.json(principal);
            let text = format!(r#"{{"Version":"1","Statement":[{one}]}}"#);
            let document = Document::parse(&text, grammar).expect(&text);
            Attached::new("p", PolicyType::Custom, document)
        })
        .collect()
}

fn caller() -> impl Strategy<Value = Principal> {
    let user = |account: &str| Principal::User {
        account: account.into(),
        id: "100".into(),
        name: "a".into(),
    };
    let session = Principal::Session {
        account: "1".into(),
        role_id: "3".into(),
        role_name: "r".into(),
        session_name: "s".into(),
    };
    let root = Principal::Account {
        account: "1".into(),
    };
    select(vec![
        user("1"),
        user("2"),
        session,
        root,
        Principal::Anonymous,
    ])
}

/// Everything a decision depends on, as text.
#[derive(Clone, Debug)]
struct World {
    session: Option<Vec<Written>>,
    identity: Vec<Written>,
    group: Vec<Written>,
    resource: Vec<Written>,
    fallback: Option<Fallback>,
    caller: Principal,
    action: &'static str,
    target: &'static str,
    keys: Vec<(&'static str, &'static str)>,
}

fn world() -> impl Strategy<Value = World> {
    let list = || vec(statement(), 0..4);
    let public = Fallback {
        acl: Acl::PublicRead,
        access: Access::Read,
    };
    let keys = vec(
        select(vec![("k", "1"), ("K", "2"), ("k", "x"), ("s", "true")]),
        0..3,
    );
    (
        (
            proptest::option::of(list()),
            list(),
            list(),
            list(),
            select(vec![None, Some(public)]),
        ),
        (
            caller(),
            select(ACTIONS.to_vec()),
            select(RESOURCES.to_vec()),
            keys,
        ),
    )
        .prop_map(|(policies, (caller, action, target, keys))| {
            let (session, identity, group, resource, fallback) = policies;
            World {
                session,
                identity,
                group,
                resource,
                fallback,
                caller,
                action,
                target,
                keys,
            }
        })
}

impl World {
    fn decide(&self, merge: Merge) -> (Decision, Recorder) {
        let session = self
            .session
            .as_ref()
            .map(|list| attached(list, Grammar::Session, ""));
        let identity = attached(&self.identity, Grammar::Identity, "");
        let group = attached(&self.group, Grammar::Identity, "");
        let resource = attached(&self.resource, Grammar::Bucket, EVERYBODY);
        let question = Question {
            control: None,
            session: session.as_deref(),
            identity: Identity {
                account: &identity,
                resource_group: &group,
            },
            resource: &resource,
            merge,
            owner: Some("1"),
            fallback: self.fallback,
        };
        let context: Context = self.keys.iter().copied().collect();
        let request = Request {
            principal: &self.caller,
            action: self.action,
            resource: self.target,
            context: &context,
        };
        let mut trace = Recorder::default();
        let decision = decide(&question, &request, &mut trace);
        assert_eq!(decision, decide(&question, &request, &mut ()));
        (decision, trace)
    }

    fn allows(&self, merge: Merge) -> bool {
        self.decide(merge).0.is_allow()
    }
}

fn deny() -> Written {
    Written {
        effect: "Deny",
        action: "*".to_owned(),
        resource: "*".to_owned(),
        condition: "",
    }
}

fn merge() -> impl Strategy<Value = Merge> {
    select(vec![Merge::Either, Merge::Both])
}

proptest! {
    #[test]
    fn a_deny_that_matches_wins(world in world(), merge in merge(), place in 0..3_usize) {
        let mut world = world;
        match place {
            0 => world.resource.push(deny()),
            1 => world.session.get_or_insert_default().push(deny()),
            _ => {
                // The identity's policies are heard from users and sessions of the owner's account only.
                let own = world.caller.account() == Some("1");
                let heard = own && !matches!(world.caller, Principal::Account { .. });
                prop_assume!(heard);
                world.identity.push(deny());
            }
        }
        prop_assert_ne!(world.decide(merge).0.verdict, Verdict::Allow);
    }

    #[test]
    fn a_wider_allow_takes_nothing_away(world in world(), merge in merge(), pick in any::<prop::sample::Index>(), how in 0..3) {
        let mut wider = world.clone();
        let lists = [&mut wider.identity, &mut wider.resource];
        let mut allows: Vec<&mut Written> = lists
            .into_iter()
            .chain(wider.session.as_mut())
            .flatten()
            .filter(|one| one.effect == "Allow")
            .collect();
        prop_assume!(!allows.is_empty());
        let index = pick.index(allows.len());
        match how {
            0 => allows[index].action = "*".to_owned(),
            1 => allows[index].resource = "*".to_owned(),
            _ => allows[index].condition = "",
        }
        prop_assert!(!world.allows(merge) || wider.allows(merge));
    }

    #[test]
    fn another_allow_takes_nothing_away(world in world(), merge in merge(), extra in statement()) {
        prop_assume!(extra.effect == "Allow");
        let mut more = world.clone();
        more.identity.push(extra.clone());
        more.resource.push(extra);
        prop_assert!(!world.allows(merge) || more.allows(merge));
    }

    #[test]
    fn nothing_allows_nothing(world in world(), merge in merge()) {
        let root = matches!(world.caller, Principal::Account { .. });
        let bare = World { session: None, identity: vec![], group: vec![], resource: vec![], fallback: None, ..world };
        let (decision, _) = bare.decide(merge);
        if root && merge == Merge::Either {
            prop_assert_eq!((decision.verdict, decision.layer), (Verdict::Allow, Layer::Owner));
        } else {
            prop_assert_eq!(decision.verdict, Verdict::ImplicitDeny);
        }
    }

    #[test]
    fn the_order_of_policies_means_nothing(world in world(), merge in merge()) {
        let mut turned = world.clone();
        turned.identity.reverse();
        turned.resource.reverse();
        prop_assert_eq!(world.decide(merge).0.verdict, turned.decide(merge).0.verdict);
    }

    #[test]
    fn a_session_policy_never_adds(world in world(), merge in merge()) {
        let without = World { session: None, ..world.clone() };
        prop_assert!(!world.allows(merge) || without.allows(merge));
    }

    #[test]
    fn both_is_never_more_than_either(world in world()) {
        // For the owner's own users; for others the two answer different questions.
        prop_assume!(world.caller.account() == Some("1"));
        prop_assert!(!world.allows(Merge::Both) || world.allows(Merge::Either));
    }

    #[test]
    fn the_trace_tells_the_decision(world in world(), merge in merge()) {
        let (decision, trace) = world.decide(merge);
        if let Some(because) = &decision.because {
            let step = trace.steps.iter().find(|step| step.layer == decision.layer).expect("the layer was traced");
            prop_assert_eq!(step.because.as_ref(), Some(because));
            let applies = step.looks.iter().any(|look| &look.statement == because && look.mismatch.is_none());
            prop_assert!(applies);
        }
        let denies = decision.verdict == Verdict::ExplicitDeny;
        prop_assert_eq!(denies, trace.steps.iter().any(|step| step.verdict == Verdict::ExplicitDeny));
    }
}

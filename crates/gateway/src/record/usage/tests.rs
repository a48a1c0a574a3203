//! What is remembered, and what is not.

use std::sync::Arc;

use policy::{Attached, Document, Grammar, Layer, PolicyType, Verdict};

use super::*;
use crate::{Caller, Guard, Policies};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn user() -> Principal {
    Principal::User {
        account: "1".into(),
        id: "2".into(),
        name: "ann".into(),
    }
}

fn session(name: &str) -> Principal {
    Principal::Session {
        account: "1".into(),
        role_id: "3".into(),
        role_name: "Reader".into(),
        session_name: name.into(),
    }
}

fn asked(arn: &str, keys: &[(&str, &str)]) -> Asked {
    Asked {
        caller: Arc::new(Caller::anonymous()),
        action: "oss:ListObjects",
        arn: arn.to_owned(),
        layers: Layers {
            identity: Arc::default(),
            session: None,
            guard: Guard::owned_by("1"),
        },
        narrowing: &["oss:Prefix"],
        context: keys.iter().copied().collect(),
        decision: Decision {
            verdict: Verdict::Allow,
            layer: Layer::Identity,
            because: None,
            identity_deny: None,
            resource_deny: None,
        },
    }
}

fn note(usage: &mut Usage, principal: &Principal, seconds: i64, asked: &Asked) {
    let caller = Caller {
        principal: principal.clone(),
        ..Caller::anonymous()
    };
    let asked = &Asked {
        caller: Arc::new(caller),
        ..asked.clone()
    };
    usage.note(Use {
        peer: [127, 0, 0, 1].into(),
        secure: false,
        at: at(seconds),
        asked,
    });
}

fn attached(text: &str) -> Attached {
    let document = Document::parse(text, Grammar::Identity).unwrap();
    Attached::new("p", PolicyType::Custom, document)
}

#[test]
fn what_is_asked_for_again_is_counted() {
    let mut usage = Usage::default();
    for (seconds, agent) in [(5, "a"), (3, "b"), (9, "c")] {
        let keys = [("oss:Prefix", "x/"), ("acs:UserAgent", agent)];
        note(&mut usage, &user(), seconds, &asked("b", &keys));
    }
    let used: Vec<_> = usage.iter().collect();
    assert_eq!(used.len(), 1);
    assert_eq!(
        (used[0].count, used[0].first, used[0].last),
        (3, at(3), at(9))
    );
    assert_eq!(
        used[0].context.iter().collect::<Vec<_>>(),
        [("oss:Prefix", "x/")]
    );
}

#[test]
fn what_differs_is_kept_apart() {
    let mut usage = Usage::default();
    let mut denied = asked("b", &[("oss:Prefix", "x/")]);
    denied.decision.verdict = Verdict::ExplicitDeny;
    note(&mut usage, &user(), 1, &denied);
    note(&mut usage, &user(), 1, &asked("b", &[("oss:Prefix", "x/")]));
    note(&mut usage, &user(), 1, &asked("b", &[("oss:Prefix", "y/")]));
    note(&mut usage, &user(), 1, &asked("c", &[("oss:Prefix", "x/")]));
    note(
        &mut usage,
        &session("a"),
        1,
        &asked("b", &[("oss:Prefix", "x/")]),
    );
    assert_eq!(usage.iter().count(), 5);
}

#[test]
fn sessions_are_their_role_unless_the_resource_has_a_policy() {
    let mut usage = Usage::default();
    let mut one = asked("b", &[]);
    note(&mut usage, &session("a"), 1, &one);
    note(&mut usage, &session("b"), 1, &one);
    assert_eq!(usage.iter().count(), 1);
    let nobody = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    one.layers.guard.policies.push(attached(nobody));
    note(&mut usage, &session("a"), 1, &one);
    note(&mut usage, &session("b"), 1, &one);
    assert_eq!(usage.iter().count(), 3);
}

#[test]
fn keys_that_a_policy_asks_for_are_kept_and_time_tells_nothing_apart() {
    let mut usage = Usage::default();
    let text = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":
        {"StringLike":{"ACS:userAgent":"*"},"DateLessThan":{"acs:CurrentTime":"2030-01-01T00:00:00Z"}}}]}"#;
    let policies = Arc::new(Policies {
        account: vec![attached(text)],
        resource_group: Vec::new(),
    });
    for (seconds, agent, time) in [(1, "a", "t1"), (2, "a", "t2"), (3, "b", "t3")] {
        let keys = [
            ("acs:UserAgent", agent),
            ("acs:CurrentTime", time),
            ("acs:AccessId", "k"),
        ];
        let mut one = asked("b", &keys);
        one.layers.identity = policies.clone();
        note(&mut usage, &user(), seconds, &one);
    }
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let mut kept: Vec<Vec<_>> = usage
        .iter()
        .map(|used| used.context.iter().map(owned).collect())
        .collect();
    kept.sort();
    let expected = [("a", "t2"), ("b", "t3")]
        .map(|(agent, time)| [("acs:UserAgent", agent), ("acs:CurrentTime", time)].map(owned));
    assert_eq!(kept, expected.map(Vec::from));
}

#[test]
fn it_says_when_it_is_full() {
    let mut usage = Usage::default();
    for n in 0..MOST + 2 {
        note(&mut usage, &user(), n as i64, &asked(&n.to_string(), &[]));
    }
    let last = MOST as i64;
    assert_eq!(usage.iter().count(), MOST);
    assert_eq!(usage.missed.count, 2);
    assert_eq!(usage.missed.between, Some((at(last), at(last + 1))));
    note(&mut usage, &user(), 0, &asked("0", &[]));
    assert_eq!(usage.missed.count, 2, "what is known finds its place");
    let mut usage = Usage::default();
    let large = "x".repeat(ROOM / 16);
    for n in 'a'..='q' {
        note(&mut usage, &user(), 1, &asked(&format!("{n}{large}"), &[]));
    }
    assert_eq!((usage.iter().count(), usage.missed.count), (15, 2));
}

//! What is generated allows all that was recorded, nothing of what lies outside, and has no part too many.

use policy::{Attached, Context, Document, Grammar, PolicyType, Principal, Question, Request};
use proptest::collection::btree_set;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::write::LIMIT;
use super::*;

const KEYS: [&str; 16] = [
    "a", "a/1", "a/2", "a/3", "a/b/1", "a/b/2", "a/b/3", "r-1", "r-2", "r-3", "x", "y", "w*d",
    "wid", "w?d", "z:z/1",
];
const ON_OBJECTS: [&str; 3] = ["oss:GetObject", "oss:PutObject", "oss:DeleteObject"];
const PREFIXES: [&str; 8] = ["", "a/", "a/b/", "a/c/", "a/d/", "r-1", "*", "x"];

fn need(action: &str, resource: &str, listing: Option<(&str, &str)>) -> Need {
    Need {
        action: action.to_owned(),
        resource: resource.to_owned(),
        listing: listing.map(|(prefix, delimiter)| (prefix.to_owned(), delimiter.to_owned())),
    }
}

fn any_need() -> impl Strategy<Value = Need> {
    let buckets = || select(vec!["b", "c"]);
    let on_object = (select(&ON_OBJECTS[..]), buckets(), select(&KEYS[..]));
    let listing = (buckets(), select(&PREFIXES[..]), select(vec!["", "/"]));
    let others = select(vec![
        need("oss:ListBuckets", "acs:oss:*:1:*", None),
        need("oss:GetBucketInfo", "acs:oss:*:1:b", None),
        need("oss:GetBucketAcl", "acs:oss:*:1:b", None),
        need("ram:GetUser", "acs:ram:*:1:user/ann", None),
        need("ram:GetUser", "acs:ram:*:1:user/*", None),
        need("sts:AssumeRole", "acs:ram:*:1:role/reader", None),
    ]);
    prop_oneof![
        4 => on_object.prop_map(|(action, bucket, key)| need(action, &format!("acs:oss:*:1:{bucket}/{key}"), None)),
        2 => listing.prop_map(|(bucket, prefix, delimiter)| {
            need("oss:ListObjects", &format!("acs:oss:*:1:{bucket}"), Some((prefix, delimiter)))
        }),
        1 => others,
    ]
}

fn attached(texts: &[String]) -> Vec<Attached> {
    let attach = |text: &String| {
        let document =
            Document::parse(text, Grammar::Identity).unwrap_or_else(|e| panic!("{e}: {text}"));
        Attached::new("generated", PolicyType::Custom, document)
    };
    texts.iter().map(attach).collect()
}

fn allows(policies: &[Attached], need: &Need) -> bool {
    let principal = Principal::User {
        account: "1".into(),
        id: "2".into(),
        name: "ann".into(),
    };
    let mut context = Context::new();
    if let Some((prefix, delimiter)) = &need.listing {
        context.insert("oss:Prefix", prefix);
        context.insert("oss:Delimiter", delimiter);
    }
    let request = Request {
        principal: &principal,
        action: &need.action,
        resource: &need.resource,
        context: &context,
    };
    let question = Question::of(policies, Some("1"));
    policy::decide(&question, &request, &mut ()).is_allow()
}

/// The same documents with one thing less: each statement, each action, each resource, each prefix in turn.
fn weakened(documents: &[String]) -> Vec<Vec<String>> {
    let mut weaker = Vec::new();
    for (at, text) in documents.iter().enumerate() {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut with = |changed: Value| {
            let mut all = documents.to_vec();
            match changed["Statement"].as_array().is_some_and(Vec::is_empty) {
                true => _ = all.remove(at),
                false => all[at] = changed.to_string(),
            }
            weaker.push(all);
        };
        for n in 0..document["Statement"].as_array().unwrap().len() {
            let mut less = document.clone();
            less["Statement"].as_array_mut().unwrap().remove(n);
            with(less);
            for part in [
                "/Action",
                "/Resource",
                "/Condition/StringEquals/oss:Prefix",
                "/Condition/StringLike/oss:Prefix",
            ] {
                let part = format!("/Statement/{n}{part}");
                let several = document
                    .pointer(&part)
                    .and_then(Value::as_array)
                    .map_or(0, Vec::len);
                for one in 0..several {
                    let mut less = document.clone();
                    less.pointer_mut(&part)
                        .unwrap()
                        .as_array_mut()
                        .unwrap()
                        .remove(one);
                    with(less);
                }
            }
        }
    }
    weaker
}

fn check(needs: &[Need], width: Width) -> Result<(), TestCaseError> {
    let Ok(generated) = generate(needs, width) else {
        prop_assert!(
            width == Width::Exact
                && needs
                    .iter()
                    .any(|need| need.resource[9..].contains(['*', '?']))
        );
        return Ok(());
    };
    prop_assert!(
        generated
            .documents
            .iter()
            .all(|text| text.chars().count() <= LIMIT)
    );
    let policies = attached(&generated.documents);
    for need in needs {
        prop_assert!(
            allows(&policies, need),
            "{need:?} is not allowed by {:?}",
            generated.documents
        );
    }
    for weaker in weakened(&generated.documents) {
        let policies = attached(&weaker);
        prop_assert!(
            needs.iter().any(|need| !allows(&policies, need)),
            "{weaker:?} would do instead of {generated:?}"
        );
    }
    Ok(())
}

/// Requests beside those that were recorded.
fn outside(need: &Need) -> Vec<Need> {
    let mut others = Vec::new();
    let mut other = |action: &str, resource: &str| {
        others.push(Need {
            action: action.to_owned(),
            resource: resource.to_owned(),
            ..need.clone()
        });
    };
    other("oss:PutObjectAcl", &need.resource);
    other("ram:DeleteUser", &need.resource);
    other(
        &need.action,
        &need
            .resource
            .replace(":1:b", ":1:other")
            .replace(":1:c", ":1:other"),
    );
    other(
        &need.action,
        &need
            .resource
            .replace(":1:b", ":1:bb")
            .replace(":1:c", ":1:cc"),
    );
    others
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn readable_policies_allow_what_was_recorded_and_have_no_part_too_many(needs in btree_set(any_need(), 0..40)) {
        check(&needs.into_iter().collect::<Vec<_>>(), Width::Readable)?;
    }

    #[test]
    fn exact_policies_allow_nothing_else(needs in btree_set(any_need(), 0..40), asked in btree_set(any_need(), 20)) {
        let needs: Vec<Need> = needs.into_iter().collect();
        check(&needs, Width::Exact)?;
        let Ok(generated) = generate(&needs, Width::Exact) else { return Ok(()) };
        let policies = attached(&generated.documents);
        for one in asked.iter().filter(|one| !needs.contains(one)) {
            // Whoever may read all users may read each of them.
            if (&*one.action, &*one.resource) != ("ram:GetUser", "acs:ram:*:1:user/ann") {
                prop_assert!(!allows(&policies, one), "{one:?} is allowed by {:?}", generated.documents);
            }
        }
    }

    #[test]
    fn other_buckets_and_actions_stay_denied(needs in btree_set(any_need(), 1..40)) {
        let needs: Vec<Need> = needs.into_iter().filter(|need| need.resource.contains(":oss:*:1:b") || need.resource.contains(":oss:*:1:c")).collect();
        let generated = generate(&needs, Width::Readable).unwrap();
        let policies = attached(&generated.documents);
        for one in needs.iter().flat_map(outside) {
            prop_assert!(!allows(&policies, &one), "{one:?} is allowed by {:?}", generated.documents);
        }
    }

    #[test]
    fn the_order_of_what_was_recorded_is_of_no_account(needs in btree_set(any_need(), 0..40)) {
        let mut needs: Vec<Need> = needs.into_iter().collect();
        let one = generate(&needs, Width::Readable);
        needs.reverse();
        prop_assert_eq!(one, generate(&needs, Width::Readable));
    }
}

#[test]
fn a_long_policy_becomes_several() {
    let keys: Vec<String> = (0..400).map(|n| format!("acs:oss:*:1:b/{n:040}")).collect();
    let needs: Vec<Need> = keys
        .iter()
        .map(|key| need("oss:GetObject", key, None))
        .collect();
    let generated = generate(&needs, Width::Exact).unwrap();
    assert!(
        generated.documents.len() > 3,
        "{}",
        generated.documents.len()
    );
    check(&needs[..200], Width::Exact).unwrap();
    assert_eq!(
        generate(&needs, Width::Readable).unwrap().documents.len(),
        1
    );
}

#[test]
fn nothing_recorded_is_no_policy() {
    assert_eq!(generate(&[], Width::Readable), Ok(Generated::default()));
}

#[test]
fn a_policy_as_it_is_written() {
    let listing = Some(("in/", "/"));
    let needs = [
        need("oss:GetObject", "acs:oss:*:1:photos/in/1.jpg", None),
        need("oss:GetObject", "acs:oss:*:1:photos/in/2.jpg", None),
        need("oss:GetObject", "acs:oss:*:1:photos/in/3.jpg", None),
        need("oss:PutObject", "acs:oss:*:1:photos/out/all.zip", None),
        need("oss:ListObjects", "acs:oss:*:1:photos", listing),
        need("oss:GetBucketInfo", "acs:oss:*:1:photos", None),
    ];
    let generated = generate(&needs, Width::Readable).unwrap();
    let expected = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetBucketInfo","Resource":"acs:oss:*:*:photos"},{"Effect":"Allow","Action":"oss:ListObjects","Resource":"acs:oss:*:*:photos","Condition":{"StringEquals":{"oss:Prefix":"in/"}}},{"Effect":"Allow","Action":"oss:GetObject","Resource":"acs:oss:*:*:photos/in/*"},{"Effect":"Allow","Action":"oss:PutObject","Resource":"acs:oss:*:*:photos/out/all.zip"}]}"#;
    let expected: Value = serde_json::from_str(expected).unwrap();
    assert_eq!(generated.documents, [format!("{expected:#}")]);
    assert_eq!(
        generated.widened,
        [
            "acs:oss:*:*:photos/in/* stands for 3 keys on which oss:GetObject was used",
            "listings of acs:oss:*:*:photos may have any delimiter",
        ]
    );
}

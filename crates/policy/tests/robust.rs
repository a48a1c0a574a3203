//! Strangers' bytes: no text makes the parser or the matcher panic, wander off or give a wrong answer.

use policy::{Document, Grammar, Pattern};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The definition of `*` and `?`, as short as it gets.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => {
            naive(rest, text) || matches!(text, [_, tail @ ..] if naive(pattern, tail))
        }
        (['?', rest @ ..], [_, tail @ ..]) => naive(rest, tail),
        ([one, rest @ ..], [first, tail @ ..]) => one == first && naive(rest, tail),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn patterns_agree_with_their_definition(pattern in "[ab:é*?]{0,8}", text in "[ab:é]{0,10}") {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = naive(&chars(&pattern), &chars(&text));
        prop_assert_eq!(Pattern::new(&pattern).matches(&text), expected);
    }

    #[test]
    fn every_text_is_its_own_pattern(text in "\\PC{0,40}") {
        prop_assert!(Pattern::new(&text).matches(&text));
    }
}

fn grammar() -> impl Strategy<Value = Grammar> {
    select(vec![
        Grammar::Identity,
        Grammar::Session,
        Grammar::Trust,
        Grammar::Bucket,
    ])
}

/// JSON out of the words of the grammar: nearly documents.
fn nearly() -> impl Strategy<Value = String> {
    let word = select(vec![
        "\"Version\"",
        "\"1\"",
        "\"Statement\"",
        "\"Effect\"",
        "\"Allow\"",
        "\"Action\"",
        "\"*\"",
        "\"Resource\"",
        "\"Principal\"",
        "\"RAM\"",
        "\"acs:ram::1:root\"",
        "\"Condition\"",
        "\"Bool\"",
        "\"IpAddress\"",
        "\"NumericEquals\"",
        "\"arn:sts::1:assumed-role/\"",
        "null",
        "true",
        "1e308",
        "[]",
        "{}",
    ])
    .prop_map(str::to_owned);
    word.prop_recursive(6, 60, 6, |inner| {
        let list = vec(inner.clone(), 0..5).prop_map(|list| format!("[{}]", list.join(",")));
        let key = select(vec![
            "Version",
            "Statement",
            "Effect",
            "Action",
            "Resource",
            "Principal",
            "RAM",
            "Condition",
            "Bool",
        ]);
        let map = vec((key, inner), 0..6).prop_map(|pairs| {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("\"{key}\":{value}"))
                .collect();
            format!("{{{}}}", pairs.join(","))
        });
        prop_oneof![list, map]
    })
}

proptest! {
    #[test]
    fn parse_never_panics(bytes in vec(any::<u8>(), 0..400), grammar in grammar()) {
        let refused = Document::parse(&String::from_utf8_lossy(&bytes), grammar);
        prop_assert!(refused.is_err_and(|error| error.to_string().ends_with('.')));
    }

    #[test]
    fn parse_never_panics_on_what_is_nearly_a_document(text in nearly(), grammar in grammar()) {
        if let Err(error) = Document::parse(&text, grammar) {
            prop_assert!(!error.message().is_empty());
        }
    }

    #[test]
    fn parse_never_panics_on_a_broken_document(cut in any::<prop::sample::Index>(), grammar in grammar()) {
        let whole = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":["oss:*"],"Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":"::1"}}}]}"#;
        let cut: String = whole.chars().take(cut.index(whole.len())).collect();
        prop_assert!(Document::parse(&cut, grammar).is_err());
    }
}

#[test]
fn huge_and_deep_documents_are_refused_in_time() {
    let deep = format!(r#"{{"Version":"1","Statement":{}"#, "[".repeat(500_000));
    let error = Document::parse(&deep, Grammar::Identity).expect_err("deep");
    assert!(error.to_string().contains("recursion limit"), "{error}");
    let huge = " ".repeat(2_000_000);
    let error = Document::parse(&huge, Grammar::Identity).expect_err("huge");
    assert!(error.to_string().contains("longer than"), "{error}");
    let keys: Vec<String> = (0..50_000).map(|key| format!(r#""{key}":0"#)).collect();
    let wide = format!("{{{}}}", keys.join(","));
    assert!(Document::parse(&wide, Grammar::Identity).is_err());
}

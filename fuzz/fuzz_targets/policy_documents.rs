//! Policy texts of every grammar: parsing never panics, and what parses can be asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::{Attached, Context, Document, Grammar, PolicyType, Principal, Question, Recorder, Request};

fuzz_target!(|text: &str| {
    for grammar in [Grammar::Identity, Grammar::Session, Grammar::Trust, Grammar::Bucket] {
        let Ok(document) = Document::parse(text, grammar) else {
            continue;
        };
        let attached = [Attached::new("fuzz", PolicyType::Custom, document)];
        ask(&attached);
    }
});

/// Traced and untraced decisions agree.
fn ask(attached: &[Attached]) {
    let principal = Principal::User {
        account: "1".into(),
        id: "2".into(),
        name: "alice".into(),
    };
    let mut context = Context::new();
    context.insert("acs:SourceIp", "203.0.113.7");
    context.insert("acs:CurrentTime", "2026-01-01T00:00:00Z");
    let request = Request {
        principal: &principal,
        action: "oss:GetObject",
        resource: "acs:oss:*:1:bucket/key",
        context: &context,
    };
    let question = Question {
        session: Some(attached),
        resource: attached,
        ..Question::of(attached, Some("1"))
    };
    let untraced = policy::decide(&question, &request, &mut ());
    let traced = policy::decide(&question, &request, &mut Recorder::default());
    assert_eq!(untraced.verdict, traced.verdict);
}

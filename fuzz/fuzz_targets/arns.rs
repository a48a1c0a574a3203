//! Names of resources and principals: reading never panics, every resource matches itself as a pattern, a Deny matches what
//! an Allow matches, and a principal of a trust policy is written as it was read.
//!
//! The input is text: a pattern, a resource and a principal, a line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::{Attached, Context, Document, Grammar, PolicyType, Principal, Question, Request, Verdict};
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (pattern, resource, principal) = (line(), line(), line());
    if let Some(allowed) = ask("Allow", pattern, resource) {
        assert_eq!(ask("Deny", pattern, resource), Some(if allowed == Verdict::Allow { Verdict::ExplicitDeny } else { allowed }));
    }
    // What has all five fields is read as it is asked for.
    if resource.starts_with("acs:") && resource.splitn(5, ':').count() == 5 {
        let itself = ask("Allow", resource, resource);
        assert!(matches!(itself, None | Some(Verdict::Allow)), "{resource} does not match itself");
    }
    trust(principal);
    let listed = json!({"Effect": "Allow", "Principal": [principal], "Action": "*", "Resource": "*"});
    let _ = Document::parse(&document(listed), Grammar::Bucket);
});

fn document(statement: Value) -> String {
    json!({"Version": "1", "Statement": [statement]}).to_string()
}

fn trust(principal: &str) {
    let read = |name: &str| {
        let statement = json!({"Effect": "Allow", "Principal": {"RAM": name}, "Action": "sts:AssumeRole"});
        let document = Document::parse(&document(statement), Grammar::Trust).ok()?;
        document.statements().first()?.trusted().first().map(ToString::to_string)
    };
    if let Some(written) = read(principal) {
        assert_eq!(read(&written), Some(written));
    }
}

fn ask(effect: &str, pattern: &str, resource: &str) -> Option<Verdict> {
    let statement = json!({"Effect": effect, "Action": "*", "Resource": pattern});
    let document = Document::parse(&document(statement), Grammar::Identity).ok()?;
    let attached = [Attached::new("fuzz", PolicyType::Custom, document)];
    let principal = Principal::User {
        account: "1".into(),
        id: "2".into(),
        name: "alice".into(),
    };
    let request = Request {
        principal: &principal,
        action: "oss:GetObject",
        resource,
        context: &Context::new(),
    };
    let question = Question::of(&attached, None);
    Some(policy::decide(&question, &request, &mut ()).verdict)
}

//! How many decisions a second one core makes for somebody with 20 policies of 10 statements. `scripts/bench` runs it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use policy::{
    Attached, Context, Document, Grammar, PolicyType, Principal, Question, Request, Verdict, decide,
};

const POLICIES: usize = 20;
const STATEMENTS: usize = 10;
/// Long enough for the clock and short enough to wait for.
const LONG: Duration = Duration::from_secs(1);

/// A policy about a bucket of its own, as people write them: wildcards, several actions, and now and then a condition.
fn policy(number: usize) -> Attached {
    let statement = |n: usize| {
        let condition = match n % 3 {
            0 => r#","Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8","127.0.0.0/8"]}}"#,
            _ => "",
        };
        let (action, resource) = match n % 3 {
            0 => (
                r#"["oss:GetObject","oss:PutObject"]"#,
                format!("acs:oss:*:*:bucket-{number}/folder-{n}/*"),
            ),
            1 => (r#""oss:List*""#, format!("acs:oss:*:*:bucket-{number}")),
            _ => (
                r#"["ram:GetUser","ram:ListUsers"]"#,
                format!("acs:ram:*:*:user/team-{number}-{n}*"),
            ),
        };
        format!(r#"{{"Effect":"Allow","Action":{action},"Resource":"{resource}"{condition}}}"#)
    };
    let statements: Vec<String> = (0..STATEMENTS).map(statement).collect();
    let text = format!(
        r#"{{"Version":"1","Statement":[{}]}}"#,
        statements.join(",")
    );
    let document = Document::parse(&text, Grammar::Identity).expect("the document is well-formed");
    Attached::new(format!("policy-{number}"), PolicyType::Custom, document)
}

#[expect(clippy::disallowed_methods, reason = "this measures")]
fn rate(what: &str, policies: &[Attached], action: &str, resource: &str, expected: Verdict) {
    let principal = Principal::User {
        account: "1".into(),
        id: "2".into(),
        name: "alice".into(),
    };
    let context: Context = [("acs:SourceIp", "127.0.0.1")].into_iter().collect();
    let request = Request {
        principal: &principal,
        action,
        resource,
        context: &context,
    };
    let question = Question::of(policies, Some("1"));
    let (begun, mut count) = (Instant::now(), 0_u64);
    while begun.elapsed() < LONG {
        for _ in 0..1000 {
            let decision = decide(black_box(&question), black_box(&request), &mut ());
            assert_eq!(decision.verdict, expected);
        }
        count += 1000;
    }
    let nanos = begun.elapsed().as_nanos() as f64 / count as f64;
    println!(
        r#"{{"what":"{what}","per_second":{:.0},"nanos":{nanos:.0}}}"#,
        1e9 / nanos
    );
}

fn main() {
    let policies: Vec<Attached> = (0..POLICIES).map(policy).collect();
    let last = format!("acs:oss:*:1:bucket-{}/folder-9/key", POLICIES - 1);
    let first = "acs:oss:*:1:bucket-0/folder-0/key";
    let nowhere = "acs:oss:*:1:another/folder-0/key";
    rate(
        "allowed by the first statement",
        &policies,
        "oss:GetObject",
        first,
        Verdict::Allow,
    );
    rate(
        "allowed by the last statement",
        &policies,
        "oss:GetObject",
        &last,
        Verdict::Allow,
    );
    rate(
        "allowed by none, the action is in 80",
        &policies,
        "oss:GetObject",
        nowhere,
        Verdict::ImplicitDeny,
    );
    rate(
        "allowed by none, the action is in none",
        &policies,
        "fc:InvokeFunction",
        nowhere,
        Verdict::ImplicitDeny,
    );
}

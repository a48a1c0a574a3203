//! `docs/permissions.md`: who may call what, as the real pipeline answers.
//!
//! Every operation is called by every principal, each time in a cloud as it was made. What counts is whether the answer
//! is a refusal for want of permission; a call that gets past the policies and then fails for another reason has
//! been allowed.

mod attributes;
mod buckets;
mod federated;
mod fixture;
mod functions;
mod ims;
mod multipart;
mod principals;
mod ram;
mod settings;

use std::collections::BTreeMap;
use std::fmt::Write;

use bytes::Bytes;
use gateway::Response;
use principals::{PRINCIPALS, key_of};

use crate::golden::check;
use crate::operations::{implemented, key};
use crate::requests::{Key, OssRequest, TestCloud, text};

const RAM: &str = "2015-05-01";
const STS: &str = "2015-04-01";
const IMS: &str = "2019-08-15";
const ACCOUNT: &str = identity::DEFAULT_ACCOUNT;
/// The second account.
const OTHER: &str = "2222222222222222";
const TRUST_ACCOUNT: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]}"#;
const HARMLESS: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:GetObject","Resource":"*"}]}"#;

/// How an operation is called.
enum Example {
    Oss(OssRequest),
    /// PostObject, which is signed in its form.
    Form,
    Rpc(&'static str, &'static [(&'static str, &'static str)]),
    /// Method, path and body.
    Fc(&'static str, String, &'static str),
}

/// The request that stands for each operation. The fixture has buckets `matrix` with object `key` and `matrix-empty`,
/// and a user with an access key, a group without the user, a role, a policy that is attached to nobody, an MFA device
/// and a provider of each kind, all called `target`.
fn example(op: &str) -> Example {
    if op == "PostObject" {
        return Example::Form;
    }
    if let Some(request) = functions::example(op) {
        return request;
    }
    if let Some(request) = buckets::example(op)
        .or_else(|| attributes::example(op))
        .or_else(|| multipart::example(op))
    {
        return Example::Oss(request);
    }
    let (version, params) =
        rpc_example(op).unwrap_or_else(|| panic!("{op} has no request in the permission matrix"));
    Example::Rpc(version, params)
}

/// The parameters of a call.
type Params = &'static [(&'static str, &'static str)];

fn rpc_example(op: &str) -> Option<(&'static str, Params)> {
    if let Some(op) = op.strip_prefix("ims:") {
        return Some((IMS, ims::example(op)?));
    }
    if let Some(params) = sts_example(op) {
        return Some((STS, params));
    }
    if let Some(call) = settings::of_other_doors(op) {
        return Some(call);
    }
    let params = ram::example(op).or_else(|| settings::example(op));
    Some((RAM, params?))
}

fn sts_example(op: &str) -> Option<Params> {
    Some(match op {
        "GetCallerIdentity" => &[],
        "AssumeRole" => &[
            ("RoleArn", "acs:ram::1234567890123456:role/target"),
            ("RoleSessionName", "matrix"),
        ],
        _ => return None,
    })
}

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Allowed,
    Refused,
    /// Allowed, and about the caller's own account.
    Own,
}

impl Mark {
    fn text(self) -> &'static str {
        match self {
            Self::Allowed => "✔",
            Self::Refused => "✘",
            Self::Own => "own",
        }
    }
}

/// Whether an answer is no refusal for want of permission.
fn passes(status: u16, text: &str) -> bool {
    match status {
        403 => false,
        400 => !text.contains("MissingParameter") && !text.contains("MissingRequiredHeader"),
        _ => true,
    }
}

/// Whether a call means something of the fixture's account, whoever calls. The others mean what the caller's own
/// account has.
fn names_its_account(op: &str, example: &Example) -> bool {
    match example {
        Example::Oss(request) => op != "PutBucket" && !request.bucket.is_empty(),
        Example::Form => true,
        Example::Rpc(..) => op == "AssumeRole",
        // The host would name it, and this one names none.
        Example::Fc(..) => false,
    }
}

async fn send(cloud: &TestCloud, op: &str, example: &Example, signer: Option<&Key>) -> Response {
    match example {
        Example::Oss(request) => cloud.oss(request, signer).await,
        Example::Form => cloud.form("matrix", "new", signer).await,
        Example::Rpc(version, params) => cloud.rpc(version, op, params, signer).await,
        Example::Fc(method, path, body) => cloud.fc(method, path, body, signer).await,
    }
}

async fn cell(
    cloud: &TestCloud,
    principal: &str,
    (folder, op): (&str, &str),
    actions: &[&str],
) -> Mark {
    // A policy without an action would not be accepted; these operations need none.
    let asked = if actions.is_empty() {
        &["oss:GetBucketWorm"][..]
    } else {
        actions
    };
    cloud.restore_snapshot(fixture::SNAPSHOT).await;
    let example = example(&key(folder, op));
    let signer = key_of(cloud, principal, op, asked).await;
    let before = cloud.rows().await;
    let response = send(cloud, op, &example, signer.as_ref()).await;
    let status = response.status().as_u16();
    let text = text(response).await;
    let stranger = ["other account", "let in"].contains(&principal);
    if !passes(status, &text) {
        return Mark::Refused;
    }
    if !stranger || names_its_account(op, &example) {
        return Mark::Allowed;
    }
    assert_own(op, &before, &cloud.rows().await);
    let seen = status == 200 && text.contains(ACCOUNT);
    assert!(!seen, "{op} tells {OTHER} about {ACCOUNT}: {text}");
    Mark::Own
}

/// What an account does to its own leaves everything of the others as it was.
fn assert_own(op: &str, before: &BTreeMap<Bytes, Bytes>, after: &BTreeMap<Bytes, Bytes>) {
    for (key, value) in before {
        let name = String::from_utf8_lossy(key);
        let may_change = name == "ram/epoch" || name.contains(OTHER);
        let kept = after.get(key) == Some(value);
        assert!(kept || may_change, "{op} of {OTHER} changes {name}");
    }
}

const HEADER: &str = "# Permissions

Who may call what. Every operation was called by every principal through the real pipeline, each time in a cloud that
nobody had called before; a test writes this page and fails when it drifts. ✔ the call got past the policies, ✘ it was
refused for want of permission. *own*: it got past them, but such a call is always about the caller's own account: it
told nothing of another one and changed nothing there, which the test looks at, and nothing there could let it in.

";

#[tokio::test]
async fn every_operation_is_refused_to_whom_it_is_not_allowed() {
    let mut page = HEADER.to_owned();
    for (name, what) in PRINCIPALS {
        writeln!(page, "* **{name}**: {what}").expect("a String takes it");
    }
    let names: Vec<_> = PRINCIPALS.iter().map(|(name, _)| *name).collect();
    writeln!(page, "\n| Operation | Action | {} |", names.join(" | ")).expect("a String takes it");
    writeln!(page, "|---|---|{}", "---|".repeat(names.len())).expect("a String takes it");
    let cloud = fixture::cloud().await;
    for (folder, op, actions) in implemented() {
        if federated::UNSIGNED.iter().any(|unsigned| unsigned.op == op) {
            continue;
        }
        let mut row = BTreeMap::new();
        for name in &names {
            let mark = cell(&cloud, name, (folder, op), &actions).await;
            row.insert(*name, mark);
        }
        judge(op, &actions, &row);
        let key = key(folder, op);
        let marks: Vec<_> = names.iter().map(|name| row[name].text()).collect();
        let marks = marks.join(" | ");
        writeln!(page, "| {key} | {} | {marks} |", actions.join(" ")).expect("a String takes it");
    }
    page.push_str(&federated::section().await);
    check("docs/permissions.md", &page);
}

/// What must hold whatever the golden says.
fn judge(op: &str, actions: &[&str], row: &BTreeMap<&str, Mark>) {
    use Mark::{Allowed, Own, Refused};
    let is = |name: &str, mark| assert_eq!(row[name], mark, "{op}: {name}");
    is("administrator", Allowed);
    // Browsers ask without a signature.
    let open = op == "OptionObject";
    is("anonymous", if open { Allowed } else { Refused });
    let (stranger, let_in) = match row["other account"] {
        Own => (Own, Own),
        _ if open => (Allowed, Allowed),
        _ => (Refused, Allowed),
    };
    is("other account", stranger);
    is("let in", let_in);
    if actions.is_empty() {
        return;
    }
    for name in ["no policy", "denied", "narrowed"] {
        is(name, Refused);
    }
    for name in ["just this", "role"] {
        is(name, Allowed);
    }
}

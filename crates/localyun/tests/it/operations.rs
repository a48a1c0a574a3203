//! `docs/operations.md`: every operation of the real services, and whether it works here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use gateway::{Op, Service};
use store::Store;

use crate::golden::{check, top};
use crate::requests::{Key, TestCloud, text};

/// Where an operation's file lies below `crates/` and, behind a `#`, the version of its API where there are several; its
/// name, its RAM actions.
pub(crate) type Implemented = (&'static str, &'static str, Vec<&'static str>);

/// Every operation of every table.
pub(crate) fn implemented() -> Vec<Implemented> {
    let store = Store::memory();
    let identity = std::sync::Arc::new(identity::Identity::new(store.clone()));
    let mut all = rows("oss/src", oss::Oss::new(store).ops());
    all.extend(rows(
        "identity/src/sts",
        identity::Sts::new(identity.clone()).ops(),
    ));
    all.extend(rows(
        "identity/src/ram",
        identity::Ram::new(identity.clone()).ops(),
    ));
    all.extend(rows(
        "identity/src/ims",
        identity::Ims::new(identity.clone()).ops(),
    ));
    all.extend(rows(
        "identity/src/location",
        identity::Location::new(identity.clone()).ops(),
    ));
    all.extend(rows("identity/src/bss", identity::Bss::new(identity).ops()));
    all.extend(functions());
    // An operation with two forms on the wire has two rows.
    all.dedup();
    all
}

/// The folder of Function Compute with each generation of its API.
pub(crate) const FC: [(&str, fc::Generation); 3] = [
    ("fc/src#2023-03-30", fc::Generation::V2023),
    ("fc/src#2021-04-06", fc::Generation::V2021),
    ("fc/src#2016-08-15", fc::Generation::V2016),
];

/// The operations of Function Compute, once for each generation of the API that has them.
fn functions() -> Vec<Implemented> {
    let through = |(folder, generation)| {
        let rows = fc::Fc::OPS.iter();
        let rows = rows.filter(move |op| op.route.doors.contains(&generation));
        rows.map(move |op| (folder, op.name, op.action.names().to_vec()))
    };
    FC.into_iter().flat_map(through).collect()
}

fn rows<S: Service>(folder: &'static str, ops: &'static [Op<S>]) -> Vec<Implemented> {
    ops.iter()
        .map(|op| (folder, op.name, op.action.names().to_vec()))
        .collect()
}

/// The name under which an operation stands in the tables of these tests. IMS repeats names of RAM, so its own have
/// `ims:` before them, and those of Function Compute the version of the API.
pub(crate) fn key(folder: &str, op: &str) -> String {
    if let Some((_, version)) = folder.split_once('#') {
        return format!("{version}:{op}");
    }
    match folder.strip_prefix("identity/src/") {
        Some("ims") => format!("ims:{op}"),
        _ => op.to_owned(),
    }
}

/// What an operation still lacks, by its [`key`].
const PARTIAL: &[(&str, &str)] = &[
    (
        "2023-03-30:CreateTrigger",
        "all are kept and checked; those of OSS, timers and HTTP fire",
    ),
    (
        "2021-04-06:CreateTrigger",
        "all are kept and checked; those of OSS, timers and HTTP fire",
    ),
    (
        "2016-08-15:CreateTrigger",
        "all are kept and checked; those of OSS, timers and HTTP fire",
    ),
    (
        "2023-03-30:CreateFunction",
        "networks, file systems, logs, tracing, GPUs and `disableOndemand` are kept and have no effect; images are kept and not run",
    ),
    (
        "2023-03-30:InvokeFunction",
        "Python, Node.js, Go and custom runtimes only",
    ),
    (
        "2021-04-06:CreateFunction",
        "GPUs are kept and have no effect; images are kept and not run",
    ),
    (
        "2021-04-06:InvokeFunction",
        "Python, Node.js, Go and custom runtimes only",
    ),
    (
        "2016-08-15:CreateFunction",
        "GPUs are kept and have no effect; images are kept and not run",
    ),
    (
        "2016-08-15:InvokeFunction",
        "Python, Node.js, Go and custom runtimes only",
    ),
    (
        "2023-03-30:PutAsyncInvokeConfig",
        "results are delivered to functions only",
    ),
    (
        "2021-04-06:PutFunctionAsyncInvokeConfig",
        "results are delivered to functions only",
    ),
    (
        "2016-08-15:PutFunctionAsyncInvokeConfig",
        "results are delivered to functions only",
    ),
    (
        "2016-08-15:HttpTriggerProxy",
        "Python as WSGI, Node.js, Go and custom runtimes only; authTypes anonymous, function and jwt",
    ),
    (
        "2023-03-30:ListInstances",
        "those that live, and none that have ended; all are `Running`",
    ),
    (
        "2023-03-30:PutProvisionConfig",
        "plans are kept to on the virtual clock; rules that follow a load, and processors between requests, have no effect",
    ),
    (
        "2021-04-06:PutProvisionConfig",
        "plans are kept to on the virtual clock; rules that follow a load, and processors between requests, have no effect",
    ),
    (
        "2016-08-15:PutProvisionConfig",
        "plans are kept to on the virtual clock; rules that follow a load, and processors between requests, have no effect",
    ),
    (
        "2023-03-30:PutScalingConfig",
        "`minInstances` and `scheduledPolicies`; the rest is kept and has no effect",
    ),
    (
        "AttachPolicyToGroup",
        "`ResourceGroupId` is refused: there are no resource groups",
    ),
    (
        "AttachPolicyToRole",
        "`ResourceGroupId` is refused: there are no resource groups",
    ),
    (
        "AttachPolicyToUser",
        "`ResourceGroupId` is refused: there are no resource groups",
    ),
    (
        "DetachPolicyFromGroup",
        "`ResourceGroupId` is refused: there are no resource groups",
    ),
    (
        "DetachPolicyFromRole",
        "`ResourceGroupId` is refused: there are no resource groups",
    ),
    (
        "DetachPolicyFromUser",
        "`ResourceGroupId` is refused: there are no resource groups",
    ),
    (
        "ims:CreateOIDCProvider",
        "fingerprints are kept and not compared, as no issuer is reached over TLS",
    ),
    (
        "ims:CreateSAMLProvider",
        "`AuthnSignAlgo` is kept and not used, as nobody logs in to a console",
    ),
    (
        "CreateLoginProfile",
        "kept and checked; there is no console to log on to",
    ),
    (
        "ims:CreateLoginProfile",
        "kept and checked; there is no console to log on to",
    ),
    (
        "ims:SetPasswordPolicy",
        "held against new passwords; as nobody logs on, nothing expires or is locked, and no password is known to be stolen",
    ),
    (
        "ims:SetSecurityPreference",
        "kept; what it says about logging on, managing one's own keys and going without use has no effect",
    ),
    (
        "ims:SetAccessKeyPolicy",
        "enforced; the code of the refusal is not documented, and no request comes out of a VPC",
    ),
    ("ims:GetAccessKeyLastUsed", "since the server was started"),
    ("GetAccessKeyLastUsed", "since the server was started"),
    (
        "ims:GetAccountSummary",
        "without the quotas of authorized clients and API keys",
    ),
    (
        "SetPasswordPolicy",
        "held against new passwords; as nobody logs on, nothing expires or is locked",
    ),
    (
        "SetSecurityPreference",
        "kept; what it says about logging on and about managing one's own keys has no effect",
    ),
    (
        "CreateServiceLinkedRole",
        "for the four services that work with Function Compute, none of which takes `CustomSuffix`",
    ),
    (
        "DeleteServiceLinkedRole",
        "at once; the status of its task is asked at Resource Management, which is not here",
    ),
    (
        "DescribeEndpoints",
        "for the services that answer here: `oss`, `sts`, `ram`, `ims`",
    ),
    (
        "QueryAvailableInstances",
        "nothing here is paid for, so the list is empty",
    ),
    (
        "PutLiveChannel",
        "nothing can be pushed to a channel (no RTMP), no snapshots",
    ),
    (
        "PutObject",
        "no callback; encryption is recorded and bytes at rest are not encrypted; `x-oss-traffic-limit` is checked and \
         slows nothing down",
    ),
    (
        "AppendObject",
        "encryption is recorded and bytes at rest are not encrypted; `x-oss-traffic-limit` is checked and slows \
         nothing down",
    ),
    (
        "InitiateMultipartUpload",
        "encryption is recorded and bytes at rest are not encrypted",
    ),
    ("CompleteMultipartUpload", "no callback"),
    (
        "UploadPart",
        "`x-oss-traffic-limit` is checked and slows nothing down",
    ),
    ("UploadPartCopy", "no versions"),
    (
        "PostObject",
        "no callback; encryption is recorded and bytes at rest are not encrypted",
    ),
    (
        "CopyObject",
        "no versions; encryption is recorded and bytes at rest are not encrypted",
    ),
    (
        "GetObject",
        "no versions, image processing, compression on the fly; `x-oss-traffic-limit` is checked and slows nothing down",
    ),
    ("PutBucket", "no resource groups, no bucket tagging header"),
    (
        "PutBucketAccessMonitor",
        "stored; the time of the last access is not noted",
    ),
    (
        "PutBucketHttpsConfig",
        "stored; TLS is not refused by version",
    ),
    (
        "PutBucketLifecycle",
        "checked and stored; nothing expires or moves",
    ),
    (
        "PutBucketLogging",
        "checked and stored; no log is delivered",
    ),
    (
        "PutBucketResourceGroup",
        "an account has just its default group",
    ),
    (
        "PutBucketWebsite",
        "index pages for keys that end in `/`; none for the root of the bucket, no error pages, no redirects",
    ),
    (
        "PutBucketCors",
        "`ResponseVary` shows only in answers to requests with `Origin`",
    ),
];

/// The test that proves each operation over the wire or through the pipeline.
fn proofs() -> BTreeMap<String, String> {
    let text = include_str!("proofs.txt");
    let pairs = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    let pairs = pairs.map(|l| {
        l.split_once(' ')
            .unwrap_or_else(|| panic!("`{l}` is not OPERATION PROOF"))
    });
    pairs
        .map(|(op, proof)| (op.to_owned(), proof.trim().to_owned()))
        .collect()
}

/// Whether `FILE::TEST` is one of ours, be it in Rust, Python or JavaScript.
fn is_a_test(named: &str) -> bool {
    let Some((file, test)) = named.split_once("::") else {
        return false;
    };
    let text = fs::read_to_string(top().join(file)).unwrap_or_default();
    let forms = [
        format!("fn {test}("),
        format!("def {test}("),
        format!("test(\"{test}\""),
    ];
    forms.iter().any(|form| text.contains(form))
}

/// Of what the pages put between backquotes.
fn names_a_test(quoted: &str) -> bool {
    [".rs::", ".py::", ".js::"]
        .iter()
        .any(|end| quoted.contains(end))
}

#[test]
fn every_test_that_a_page_names_exists() {
    let mut named = 0;
    for entry in fs::read_dir(top().join("docs")).unwrap() {
        let page = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&page) else {
            continue;
        };
        for quoted in text.split('`').filter(|quoted| names_a_test(quoted)) {
            assert!(
                is_a_test(quoted),
                "{}: there is no test `{quoted}`",
                page.display()
            );
            named += 1;
        }
    }
    assert!(named > 100, "only {named} tests are named");
}

#[test]
fn every_operation_has_a_proof_that_exists() {
    let mut proofs = proofs();
    for (folder, op, _) in implemented() {
        let op = key(folder, op);
        let proof = proofs
            .remove(&op)
            .unwrap_or_else(|| panic!("{op} has no proof in proofs.txt"));
        assert!(is_a_test(&proof), "{op}: there is no test `{proof}`");
    }
    assert_eq!(
        proofs,
        BTreeMap::new(),
        "proofs of operations that do not exist"
    );
}

/// One row of the digest of the real services.
struct Known {
    name: String,
    priority: String,
    actions: String,
}

fn digest(file: &str, pick: impl Fn(&csv::StringRecord) -> Option<Known>) -> Option<Vec<Known>> {
    let path = top().join("../shared/spec").join(file);
    let mut reader = csv::Reader::from_path(path).ok()?;
    Some(
        reader
            .records()
            .filter_map(|row| pick(&row.ok()?))
            .collect(),
    )
}

fn oss_digest() -> Option<Vec<Known>> {
    digest("oss-operations.csv", |row| {
        Some(Known {
            name: row.get(0)?.to_owned(),
            actions: row.get(8)?.to_owned(),
            priority: row.get(11)?.to_owned(),
        })
    })
}

fn identity_digest(service: &str) -> Option<Vec<Known>> {
    digest("identity-operations.csv", |row| {
        let name = row.get(2)?.to_owned();
        (row.get(0)? == service).then(|| Known {
            actions: format!("{}:{name}", service.to_lowercase()),
            name,
            priority: row.get(8).unwrap_or_default().to_owned(),
        })
    })
}

fn fc_digest(version: &str) -> Option<Vec<Known>> {
    digest("fc-operations.csv", |row| {
        (row.get(0)? == version).then(|| Known {
            name: row.get(1).unwrap_or_default().to_owned(),
            actions: row.get(10).unwrap_or_default().to_owned(),
            priority: row.get(12).unwrap_or_default().to_owned(),
        })
    })
}

fn section(title: &str, folder: &str, known: &[Known]) -> String {
    let ours: BTreeMap<_, _> = implemented()
        .into_iter()
        .filter(|(f, ..)| *f == folder)
        .map(|(_, op, actions)| (op, actions))
        .collect();
    let (proofs, partial) = (proofs(), BTreeMap::from_iter(PARTIAL.iter().copied()));
    let mut text = format!(
        "\n## {title}\n\n{} of {} work.\n\n",
        ours.len(),
        known.len()
    );
    text.push_str("| Operation | Priority | State | RAM action | Proof |\n|---|---|---|---|---|\n");
    for row in known {
        let name = row.name.as_str();
        let (state, actions, proof) = match ours.get(name) {
            Some(actions) => {
                let name = key(folder, name);
                let state = partial
                    .get(name.as_str())
                    .map_or("works".to_owned(), |lacks| format!("partial: {lacks}"));
                let proof = proofs
                    .get(&name)
                    .map_or(String::new(), |p| format!("`{p}`"));
                (state, code(&actions.join(", ")), proof)
            }
            None => (
                "refused".to_owned(),
                row.actions.replace('|', "/"),
                String::new(),
            ),
        };
        writeln!(
            text,
            "| {name} | {} | {state} | {actions} | {proof} |",
            row.priority
        )
        .expect("a String takes it");
    }
    for op in ours.keys() {
        assert!(
            known.iter().any(|row| row.name == *op),
            "{op} is no operation of {title}"
        );
    }
    text
}

fn code(actions: &str) -> String {
    if actions.is_empty() {
        return "none".to_owned();
    }
    format!("`{actions}`")
}

const HEADER: &str = "# Operations

Every operation of the real services, and its state here: *works*, *partial* (with what is missing) or *refused*
(the request is answered with the service's own error and changes nothing). A test writes this page from the tables of
operations and fails when it drifts.
";

/// The digest lies beside the repository where the project is developed and in its CI. Elsewhere the page is held
/// against the tables alone.
#[test]
fn the_page_says_what_the_tables_say() {
    let digests = oss_digest().zip(
        identity_digest("STS")
            .zip(identity_digest("RAM"))
            .zip(identity_digest("IMS"))
            .zip(identity_digest("Location"))
            .zip(identity_digest("BssOpenApi")),
    );
    let Some((oss, ((((sts, ram), ims), location), bss))) = digests else {
        return the_page_lists_what_works();
    };
    let mut text = HEADER.to_owned();
    text += &section("OSS", "oss/src", &oss);
    text += &section("STS 2015-04-01", "identity/src/sts", &sts);
    text += &section("RAM 2015-05-01", "identity/src/ram", &ram);
    text += &section("IMS 2019-08-15", "identity/src/ims", &ims);
    text += &section("Location 2015-06-12", "identity/src/location", &location);
    text += &section("BssOpenApi 2017-12-14", "identity/src/bss", &bss);
    for (folder, generation) in FC {
        let version = generation.version();
        let known = fc_digest(version).expect("the digest is beside the others");
        text += &section(&format!("Function Compute {version}"), folder, &known);
    }
    check("docs/operations.md", &text);
}

/// Whoever adds an operation takes it out of the table of those that are not there.
#[test]
fn what_function_compute_does_not_emulate_it_does_not_have() {
    let mut seen = BTreeSet::new();
    for (op, door) in fc::NOT_EMULATED
        .iter()
        .flat_map(|op| op.doors.iter().map(move |door| (op, door)))
    {
        let same = |here: &&gateway::Op<fc::Fc>| {
            let route = &here.route;
            let wire = route.path == op.path && route.method.as_str() == op.method;
            route.doors.contains(door) && (here.name == op.name || wire)
        };
        let here = fc::Fc::OPS.iter().find(same).map(|here| here.name);
        let todo = format!(
            "{} is emulated: take it out of fc/src/unemulated.rs",
            op.name
        );
        assert_eq!(here, None, "{todo}");
        let key = (door.version(), op.method, op.path);
        assert!(seen.insert(key), "{key:?} is there twice");
    }
}

/// The title of a section ends with the version that calls carry.
#[tokio::test]
async fn what_is_refused_is_told_from_what_does_not_exist() {
    let (cloud, admin) = (TestCloud::new().await, Key::administrator());
    let page = fs::read_to_string(top().join("docs/operations.md")).expect("the page is there");
    let (mut version, mut seen) = ("", 0);
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            // Function Compute has paths, and refuses those it does not know.
            let rpc = !title.starts_with("Function Compute");
            version = title.split(' ').nth(1).filter(|_| rpc).unwrap_or_default();
        }
        let refused = line.contains("| refused |") && !version.is_empty();
        let Some(op) = line.split(' ').nth(1).filter(|_| refused) else {
            continue;
        };
        seen += 1;
        let answer = cloud.rpc(version, op, &[], Some(&admin)).await;
        assert_eq!(answer.status(), 404, "{op}");
        let text = text(answer).await;
        let says = format!("LocalYun does not emulate {op}.");
        assert!(
            text.contains("InvalidAction.NotFound") && text.contains(&says),
            "{text}"
        );
    }
    assert!(seen > 50, "{seen}");
    let none = cloud.rpc("2019-08-15", "NoSuchThing", &[], Some(&admin));
    assert_eq!(none.await.status(), 400);
}

fn the_page_lists_what_works() {
    let page = fs::read_to_string(top().join("docs/operations.md")).expect("the page is there");
    for (_, op, actions) in implemented() {
        // Services have operations of the same name.
        let mut rows = page.lines().filter(|line| {
            let here = line.starts_with(&format!("| {op} |"));
            here && !line.contains("| refused |")
        });
        assert!(
            rows.any(|row| actions.iter().all(|action| row.contains(action))),
            "{op} works with {actions:?} and the page does not say so"
        );
    }
}

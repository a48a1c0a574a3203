//! The rules of the language, one file each, in `tests/cases/*.case`. The first line of a file says the rule.
//!
//! ```text
//! identity {"Effect":…}         a policy of that layer with this statement, or with a list of them; the layers are
//!                               control session identity group resource (a bucket policy) and trust, and
//!                               identity/name gives a policy a name other than its layer's
//! owner 2                       who owns the resource; 1 unless said, or none
//! acl public-read write         the ACL, and what the request does
//! ask alice oss:GetObject acs:oss:*:1:b/k acs:SourceIp=10.0.0.1 -> Allow by identity#0 at identity
//!                               who, what, on what, condition keys; the verdict, the statement (none unless said),
//!                               and, if said: the layer, the identity-deny and the resource-deny
//! why identity#0 …              the trace of the last ask says so about that statement
//! skip identity OtherAccount    the trace of the last ask says that the layer was passed over
//! accept bucket {…}             a document of that grammar, or one statement of it
//! refuse bucket {…} -> …        the same, with the sentence that refuses it
//! ```
//!
//! Who may ask: see `cast`. A line that begins with a space continues the one before. `trust` makes both sides necessary.

use std::fmt::Write as _;
use std::path::Path;

use policy::{
    Access, Acl, Attached, Context, Decision, Document, Fallback, Grammar, Identity, Merge,
    PolicyType, Principal, Question, Recorder, Request, StatementRef, decide,
};

type Outcome = Result<(), String>;

#[test]
fn every_rule_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut wrong = String::new();
    let mut rules = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "case") {
            rules += 1;
            if let Err(line) = check(&std::fs::read_to_string(&path).unwrap()) {
                let name = path.file_name().unwrap().to_string_lossy();
                writeln!(wrong, "{name}: {line}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(rules >= 40, "only {rules} rules were found");
}

fn check(text: &str) -> Outcome {
    if !text.starts_with("# ") {
        return Err("the first line must say the rule".to_owned());
    }
    let mut scene = Scene::new();
    let mut asked = 0;
    for line in text.replace("\n ", " ").lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        asked += usize::from(matches!(word, "ask" | "accept" | "refuse"));
        let outcome = scene.obey(word, rest.trim());
        outcome.map_err(|why| format!("{why}\n    {line}"))?;
    }
    match asked {
        0 => Err("nothing is asked".to_owned()),
        _ => Ok(()),
    }
}

/// What the lines so far have set up.
struct Scene {
    control: Option<Vec<Attached>>,
    session: Option<Vec<Attached>>,
    identity: Vec<Attached>,
    group: Vec<Attached>,
    resource: Vec<Attached>,
    merge: Merge,
    owner: Option<String>,
    fallback: Option<Fallback>,
    trace: Recorder,
}

impl Scene {
    fn new() -> Self {
        Self {
            control: None,
            session: None,
            identity: Vec::new(),
            group: Vec::new(),
            resource: Vec::new(),
            merge: Merge::Either,
            owner: Some("1".to_owned()),
            fallback: None,
            trace: Recorder::default(),
        }
    }

    fn obey(&mut self, word: &str, rest: &str) -> Outcome {
        match word {
            "owner" => self.owner = (rest != "none").then(|| rest.to_owned()),
            "acl" => self.fallback = Some(acl(rest)?),
            "ask" => return self.ask(rest),
            "why" => return self.why(rest),
            "skip" => return self.skip(rest),
            "accept" | "refuse" => return grammar(word, rest),
            _ => return self.attach(word, rest),
        }
        Ok(())
    }

    fn attach(&mut self, word: &str, json: &str) -> Outcome {
        let (layer, name) = word.split_once('/').unwrap_or((word, word));
        let (grammar, policy_type, place) = match layer {
            "control" => (
                Grammar::Identity,
                PolicyType::Control,
                self.control.get_or_insert_default(),
            ),
            "session" => (
                Grammar::Session,
                PolicyType::Session,
                self.session.get_or_insert_default(),
            ),
            "identity" => (Grammar::Identity, PolicyType::Custom, &mut self.identity),
            "group" => (Grammar::Identity, PolicyType::Custom, &mut self.group),
            "resource" => (Grammar::Bucket, PolicyType::Bucket, &mut self.resource),
            "trust" => {
                self.merge = Merge::Both;
                (Grammar::Trust, PolicyType::Trust, &mut self.resource)
            }
            other => return Err(format!("unknown word {other:?}")),
        };
        let document =
            Document::parse(&wrapped(json), grammar).map_err(|error| error.to_string())?;
        place.push(Attached::new(name, policy_type, document));
        Ok(())
    }

    fn ask(&mut self, rest: &str) -> Outcome {
        let (asked, expected) = rest.split_once(" -> ").ok_or("no ->")?;
        let mut words = asked.split_whitespace();
        let mut word = || words.next().ok_or("too few words");
        let principal = cast(word()?)?;
        let (action, resource) = (word()?, word()?);
        let mut context = Context::new();
        for pair in words {
            let (key, value) = pair.split_once('=').ok_or("a key has no value")?;
            context.insert(key, value);
        }
        let request = Request {
            principal: &principal,
            action,
            resource,
            context: &context,
        };
        let question = Question {
            control: self.control.as_deref(),
            session: self.session.as_deref(),
            identity: Identity {
                account: &self.identity,
                resource_group: &self.group,
            },
            resource: &self.resource,
            merge: self.merge,
            owner: self.owner.as_deref(),
            fallback: self.fallback,
        };
        let mut trace = Recorder::default();
        let decision = decide(&question, &request, &mut trace);
        if decision != decide(&question, &request, &mut ()) {
            return Err("who listens changes the decision".to_owned());
        }
        self.trace = trace;
        compare(&decision, expected)
    }

    fn why(&self, rest: &str) -> Outcome {
        let (statement, expected) = rest.split_once(' ').ok_or("nothing is expected")?;
        let look = self
            .trace
            .steps
            .iter()
            .flat_map(|step| &step.looks)
            .find(|look| shown(Some(&look.statement)) == statement)
            .ok_or("that statement was not looked at")?;
        let reason = look.mismatch.as_ref().map(ToString::to_string);
        same(&reason.unwrap_or_else(|| "applies".to_owned()), expected)
    }

    fn skip(&self, rest: &str) -> Outcome {
        let mut skipped = self.trace.steps.iter().filter_map(|step| {
            let why = step.skipped?;
            Some(format!("{:?} {why:?}", step.layer))
        });
        let found = skipped.find(|one| one.eq_ignore_ascii_case(rest));
        found.map(|_| ()).ok_or_else(|| "it was not".to_owned())
    }
}

fn compare(decision: &Decision, expected: &str) -> Outcome {
    let mut words = expected.split_whitespace();
    let verdict = words.next().unwrap_or_default();
    let mut actual = format!("{:?}", decision.verdict);
    let mut wanted = verdict.to_owned();
    let mut by = "-";
    while let (Some(what), Some(value)) = (words.next(), words.next()) {
        let is = match what {
            "by" => {
                by = value;
                continue;
            }
            "at" => format!("{:?}", decision.layer).to_lowercase(),
            "identity-deny" => shown(decision.identity_deny.as_ref()),
            "resource-deny" => shown(decision.resource_deny.as_ref()),
            other => return Err(format!("unknown word {other:?}")),
        };
        write!(actual, " {what} {is}").map_err(|error| error.to_string())?;
        write!(wanted, " {what} {value}").map_err(|error| error.to_string())?;
    }
    same(&shown(decision.because.as_ref()), by)?;
    same(&actual, &wanted)
}

fn shown(statement: Option<&StatementRef>) -> String {
    statement.map_or("-".to_owned(), |one| {
        format!("{}#{}", one.policy, one.index)
    })
}

fn same(actual: &str, expected: &str) -> Outcome {
    match actual == expected {
        true => Ok(()),
        false => Err(format!("expected {expected}\n    but it is {actual}")),
    }
}

fn grammar(word: &str, rest: &str) -> Outcome {
    let (name, text) = rest.split_once(' ').ok_or("no document")?;
    let grammar = match name {
        "identity" => Grammar::Identity,
        "session" => Grammar::Session,
        "trust" => Grammar::Trust,
        "bucket" => Grammar::Bucket,
        other => return Err(format!("unknown grammar {other:?}")),
    };
    let parse = |text: &str| Document::parse(&wrapped(text), grammar);
    match (word, text.rsplit_once(" -> ")) {
        ("refuse", Some((text, expected))) => match parse(text) {
            Ok(_) => Err("it was accepted".to_owned()),
            Err(error) => same(&error.to_string(), expected),
        },
        ("refuse", None) => Err("no ->".to_owned()),
        _ => parse(text).map(|_| ()).map_err(|error| error.to_string()),
    }
}

/// A statement or a list of statements as a document; what is a document, or looks like none, stays as it is.
fn wrapped(text: &str) -> String {
    match text {
        _ if text.contains("\"Statement\"") || text.contains("\"Version\"") => text.to_owned(),
        _ if text.starts_with("{\"") => format!(r#"{{"Version":"1","Statement":[{text}]}}"#),
        _ if text.starts_with("[{") => format!(r#"{{"Version":"1","Statement":{text}}}"#),
        _ => text.to_owned(),
    }
}

fn acl(text: &str) -> Result<Fallback, String> {
    let (acl, access) = text.split_once(' ').ok_or("no access")?;
    Ok(Fallback {
        acl: match acl {
            "private" => Acl::Private,
            "public-read" => Acl::PublicRead,
            "public-read-write" => Acl::PublicReadWrite,
            other => return Err(format!("unknown acl {other:?}")),
        },
        access: match access {
            "read" => Access::Read,
            "write" => Access::Write,
            other => return Err(format!("unknown access {other:?}")),
        },
    })
}

/// Who may appear: alice, worker (a session of the role Worker) and root are of account 1, bob, guest (a session of
/// the role Guest) and root2 of account 2.
fn cast(name: &str) -> Result<Principal, String> {
    let user = |account: &str, id: &str| Principal::User {
        account: account.into(),
        id: id.into(),
        name: name.into(),
    };
    let session = |account: &str, role: &str| Principal::Session {
        account: account.into(),
        role_id: format!("{account}99").into(),
        role_name: role.into(),
        session_name: "Ann".into(),
    };
    let root = |account: &str| Principal::Account {
        account: account.into(),
    };
    Ok(match name {
        "alice" => user("1", "100"),
        "bob" => user("2", "200"),
        "worker" => session("1", "Worker"),
        "guest" => session("2", "Guest"),
        "root" => root("1"),
        "root2" => root("2"),
        "anonymous" => Principal::Anonymous,
        "fc" => Principal::Service {
            name: "fc.aliyuncs.com".into(),
        },
        "sso" => Principal::Federated {
            provider: "acs:ram::1:saml-provider/sso".into(),
        },
        other => return Err(format!("nobody is called {other:?}")),
    })
}

//! Holding what is expected against what is decided.

mod by;

use std::collections::HashMap;
use std::sync::Arc;

use gateway::Caller;
use identity::DEFAULT_ACCOUNT;
use policy::Decision;
use serde_saphyr::Spanned;

use super::file::{Expectation, File, Keys, Session, given};
use super::{At, Slip, Unusable, World};
use crate::simulate::{Answer, Case, Circumstances, Given, Trouble, Who, Wrong};

pub(crate) use by::By;

/// One question with what is expected of the answer.
#[derive(Debug)]
pub(crate) struct Row {
    /// Where the expectation stands.
    pub(crate) at: At,
    /// Its title.
    pub(crate) name: Option<String>,
    /// Who, as it was written.
    pub(crate) principal: String,
    /// The action.
    pub(crate) action: String,
    /// On what, as it was written.
    pub(crate) resource: String,
    /// The session that was named, if it is one that the file declares.
    pub(crate) session: Option<String>,
    /// Is it to be allowed?
    pub(crate) allow: bool,
    /// What is to settle it.
    pub(crate) by: Option<By>,
    /// The question.
    pub(crate) case: Case,
}

/// What came of a file.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Every question.
    pub(crate) rows: Vec<Row>,
    /// Those that were answered otherwise than expected: which, and why.
    pub(crate) failures: Vec<(usize, String)>,
}

impl Row {
    /// The row in one line.
    pub(crate) fn title(&self) -> String {
        let verb = if self.allow { "allow" } else { "deny" };
        format!(
            "{verb} {} to {} on {}",
            self.action, self.principal, self.resource
        )
    }

    /// Whether this is what was expected; no decision is the refusal of a rule of the service.
    pub(crate) fn holds(&self, decision: Option<&Decision>) -> bool {
        let allowed = decision.is_some_and(Decision::is_allow);
        allowed == self.allow && self.by.as_ref().is_none_or(|by| by.settled(decision))
    }

    /// Everything about the decision, for people.
    pub(crate) fn explanation(&self) -> Result<String, Wrong> {
        Ok(Answer::of(&self.case)?.text)
    }

    /// Why it does not hold.
    fn failure(&self) -> Result<String, Wrong> {
        let answer = Answer::of(&self.case)?;
        let lead = match (&self.by, answer.allowed == self.allow) {
            (Some(by), true) => format!("expected by {by}, but {}", answer.reason),
            _ if self.allow => format!("expected to be allowed, but {}", answer.reason),
            _ => format!("expected to be denied, but {}", answer.reason),
        };
        Ok(format!("{lead}\n\n{}", answer.text))
    }
}

/// Answers everything that a file asks about.
pub(crate) async fn check(file: &File, world: &World) -> Result<Checked, Unusable> {
    let rows = rows(file, world)
        .await
        .map_err(|slip| slip.of(file.path()))?;
    let mut failures = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if row.holds(row.case.decide().as_ref()) {
            continue;
        }
        let why = row
            .failure()
            .map_err(|wrong| Slip::new(row.at, wrong).of(file.path()))?;
        failures.push((index, why));
    }
    Ok(Checked { rows, failures })
}

/// Every question of every expectation.
async fn rows(file: &File, world: &World) -> Result<Vec<Row>, Slip> {
    let mut asked = Asked {
        file,
        world,
        callers: HashMap::new(),
        rows: Vec::new(),
    };
    for expectation in &file.expect {
        asked.expectation(expectation).await?;
    }
    Ok(asked.rows)
}

/// A caller, and why its credentials are no good, if they are not.
#[derive(Debug, Clone)]
struct Asker {
    caller: Arc<Caller>,
    trouble: Option<Trouble>,
}

struct Asked<'a> {
    file: &'a File,
    world: &'a World,
    /// By what was written.
    callers: HashMap<String, Asker>,
    rows: Vec<Row>,
}

impl Asked<'_> {
    async fn expectation(&mut self, written: &Spanned<Expectation>) -> Result<(), Slip> {
        let at = At::from(written.referenced);
        let one = &written.value;
        let (allow, actions) = verdict(one).map_err(|what| Slip::new(at, what))?;
        let by = one.by.as_deref().map(By::parse).transpose();
        let by = by.map_err(|what| Slip::new(at, what))?;
        let everything = ["*".to_owned()];
        let resources = match one.on.0.as_slice() {
            [] => &everything[..],
            named => named,
        };
        let given = self.given(&one.with);
        let circumstances = Circumstances::new(&self.world.cloud, &given);
        let circumstances = circumstances.map_err(|wrong| Slip::new(at, wrong))?;
        for principal in &one.to.0 {
            let asker = self
                .asker(principal)
                .await
                .map_err(|wrong| Slip::new(at, wrong))?;
            for action in actions {
                for resource in resources {
                    let case = self.case(&asker, action, resource, &circumstances).await;
                    self.rows.push(Row {
                        at,
                        name: one.name.clone(),
                        principal: principal.clone(),
                        action: action.clone(),
                        resource: resource.clone(),
                        session: principal.strip_prefix("session/").map(str::to_owned),
                        allow,
                        by: by.clone(),
                        case: case.map_err(|wrong| Slip::new(at, wrong))?,
                    });
                }
            }
        }
        Ok(())
    }

    async fn case(
        &self,
        asker: &Asker,
        action: &str,
        resource: &str,
        circumstances: &Circumstances,
    ) -> Result<Case, Wrong> {
        let (cloud, caller) = (&self.world.cloud, asker.caller.clone());
        match asker.trouble {
            None => Case::prepare(cloud, caller, action, resource, circumstances).await,
            Some(trouble) => {
                Case::unauthenticated(cloud, caller, action, resource, (circumstances, trouble))
            }
        }
    }

    /// The keys of one expectation over those of the file.
    fn given(&self, with: &Keys) -> Given {
        let mut keys = self.file.context.clone();
        keys.retain(|key, _| !with.keys().any(|other| other.eq_ignore_ascii_case(key)));
        keys.extend(with.clone());
        given(&keys)
    }

    async fn asker(&mut self, written: &str) -> Result<Asker, Wrong> {
        if let Some(known) = self.callers.get(written) {
            return Ok(known.clone());
        }
        let (caller, trouble) = match written.strip_prefix("session/") {
            Some(name) => self.session(name).await?,
            None => {
                let who = Who::parse(written, DEFAULT_ACCOUNT)?;
                let caller = who.find(&self.world.cloud.identity, None, None);
                (caller.await?, None)
            }
        };
        let asker = Asker {
            caller: Arc::new(caller),
            trouble,
        };
        self.callers.insert(written.to_owned(), asker.clone());
        Ok(asker)
    }

    fn declared(&self, name: &str) -> Result<&Session, Wrong> {
        let sessions = &self.file.sessions;
        let declared = sessions.get(name).map(|session| &session.value);
        declared.ok_or_else(|| {
            let names: Vec<_> = sessions.keys().map(String::as_str).collect();
            Wrong(format!(
                "there is no session `{name}` under sessions: [{}]",
                names.join(", ")
            ))
        })
    }

    /// A session that the file declares.
    async fn session(&self, name: &str) -> Result<(Caller, Option<Trouble>), Wrong> {
        let session = self.declared(name)?;
        let (account, role) = session
            .role
            .split_once(':')
            .unwrap_or((DEFAULT_ACCOUNT, &session.role));
        let who = Who::Role {
            account: account.to_owned(),
            name: role.to_owned(),
            session: session.name.clone().unwrap_or_else(|| name.to_owned()),
        };
        let policy = session
            .policy
            .as_ref()
            .map(|policy| self.file.document(policy))
            .transpose();
        let policy = policy.map_err(|slip| Wrong(slip.what))?;
        let cloud = &self.world.cloud;
        let source = session.source_identity.as_deref();
        let caller = who.find(&cloud.identity, policy.as_deref(), source).await?;
        if let Some(other) = &session.token_of {
            self.declared(other)?;
        }
        let trouble = match session {
            Session {
                token_of: Some(other),
                ..
            } if other != name => Some(Trouble::OfAnother),
            Session {
                expires: Some(end), ..
            } if *end <= cloud.now() => Some(Trouble::Expired),
            _ => None,
        };
        Ok((caller, trouble))
    }
}

/// Which of both, and of what.
fn verdict(one: &Expectation) -> Result<(bool, &[String]), &'static str> {
    if one.to.0.is_empty() {
        return Err("an expectation says `to` whom, such as user/NAME, role/NAME or anonymous");
    }
    match (one.allow.0.as_slice(), one.deny.0.as_slice()) {
        ([], []) => Err("an expectation says what to `allow` or to `deny`, such as oss:GetObject"),
        (allow, []) => Ok((true, allow)),
        ([], deny) => Ok((false, deny)),
        _ => Err("an expectation says either `allow` or `deny`; write two for both"),
    }
}

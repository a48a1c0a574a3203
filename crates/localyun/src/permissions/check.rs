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
use crate::simulate::{Answer, Case, Circumstances, Given, Who, Wrong};

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

struct Asked<'a> {
    file: &'a File,
    world: &'a World,
    /// By what was written.
    callers: HashMap<String, Arc<Caller>>,
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
            let caller = self
                .caller(principal)
                .await
                .map_err(|wrong| Slip::new(at, wrong))?;
            for action in actions {
                for resource in resources {
                    let cloud = &self.world.cloud;
                    let case =
                        Case::prepare(cloud, caller.clone(), action, resource, &circumstances);
                    let case = case.await.map_err(|wrong| Slip::new(at, wrong))?;
                    self.rows.push(Row {
                        at,
                        name: one.name.clone(),
                        principal: principal.clone(),
                        action: action.clone(),
                        resource: resource.clone(),
                        session: principal.strip_prefix("session/").map(str::to_owned),
                        allow,
                        by: by.clone(),
                        case,
                    });
                }
            }
        }
        Ok(())
    }

    /// The keys of one expectation over those of the file.
    fn given(&self, with: &Keys) -> Given {
        let mut keys = self.file.context.clone();
        keys.retain(|key, _| !with.keys().any(|other| other.eq_ignore_ascii_case(key)));
        keys.extend(with.clone());
        given(&keys)
    }

    async fn caller(&mut self, written: &str) -> Result<Arc<Caller>, Wrong> {
        if let Some(known) = self.callers.get(written) {
            return Ok(known.clone());
        }
        let caller = match written.strip_prefix("session/") {
            Some(name) => self.session(name).await?,
            None => {
                let who = Who::parse(written, DEFAULT_ACCOUNT)?;
                who.find(&self.world.cloud.identity, None, None).await?
            }
        };
        let caller = Arc::new(caller);
        self.callers.insert(written.to_owned(), caller.clone());
        Ok(caller)
    }

    /// A session that the file declares.
    async fn session(&self, name: &str) -> Result<Caller, Wrong> {
        let declared = self.file.sessions.get(name).ok_or_else(|| {
            let names: Vec<_> = self.file.sessions.keys().map(String::as_str).collect();
            Wrong(format!(
                "there is no session `{name}` under sessions: [{}]",
                names.join(", ")
            ))
        })?;
        let Session {
            role,
            name: called,
            policy,
            source_identity,
        } = &declared.value;
        let (account, role) = role.split_once(':').unwrap_or((DEFAULT_ACCOUNT, role));
        let who = Who::Role {
            account: account.to_owned(),
            name: role.to_owned(),
            session: called.clone().unwrap_or_else(|| name.to_owned()),
        };
        let policy = policy
            .as_ref()
            .map(|policy| self.file.document(policy))
            .transpose();
        let policy = policy.map_err(|slip| Wrong(slip.what))?;
        let identity = &self.world.cloud.identity;
        who.find(identity, policy.as_deref(), source_identity.as_deref())
            .await
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

//! Changing policies one thing at a time, to see whether any expectation notices.

mod change;

use std::collections::HashMap;
use std::sync::Arc;

use gateway::{Layers, Policies, Supposed};
use policy::{Attached, Document, Grammar, PolicyType};
use serde_json::Value;

use super::world::{Source, Written};
use super::{At, Checked, Row, World};
use crate::simulate::Grounds;
use change::{Change, Direction, changes};

/// What came of changing the policies of a world.
#[derive(Debug, Default)]
pub(crate) struct Mutated {
    /// How many changes were tried.
    pub(crate) tried: usize,
    /// Those that no expectation noticed: where the policy stands, and what was changed.
    pub(crate) survivors: Vec<(At, String)>,
}

/// Tries every change. What is expected must hold before.
pub(crate) fn mutate(checked: &Checked, world: &World) -> Mutated {
    let mut bearing: HashMap<Source, Vec<&Row>> = HashMap::new();
    for row in &checked.rows {
        for source in sources(row) {
            bearing.entry(source).or_default().push(row);
        }
    }
    let mut mutated = Mutated::default();
    for written in &world.documents {
        let rows = bearing.get(&written.source).map(Vec::as_slice);
        mutated.try_all(written, rows.unwrap_or_default());
    }
    mutated
}

impl Mutated {
    fn try_all(&mut self, written: &Written, rows: &[&Row]) {
        if rows.is_empty() {
            self.tried += 1;
            let what = format!(
                "{}: no expectation asks about anybody or anything that has it",
                written.source.title()
            );
            self.survivors.push((written.at, what));
            return;
        }
        let document: Value = serde_json::from_str(&written.text).unwrap_or_default();
        // Where a statement can be left out, none of its parts is missed either.
        let mut idle = None;
        for change in changes(&document) {
            if is_idle(&written.source, &document, &change) {
                continue;
            }
            if change.direction == Direction::Narrower && idle == Some(change.statement) {
                continue;
            }
            let Some(changed) = replacement(written, &change) else {
                continue;
            };
            self.tried += 1;
            let noticed = rows
                .iter()
                .any(|row| notices(row, &written.source, changed.as_ref()));
            if noticed {
                continue;
            }
            if change.direction == Direction::Gone {
                idle = Some(change.statement);
            }
            let what = format!(
                "{} Statement[{}]: {}",
                written.source.title(),
                change.statement,
                change.what
            );
            self.survivors.push((written.at, what));
        }
    }
}

/// Whether the change cannot matter: a bucket policy bears on nothing outside of its bucket, and a trust policy on nothing
/// but being assumed.
fn is_idle(source: &Source, document: &Value, change: &Change) -> bool {
    match (source, change.direction) {
        (Source::Trust(..), Direction::Everything("Action")) => true,
        (Source::Bucket(bucket), Direction::Everything("Resource")) => {
            let whole = format!(":{bucket}/*\"");
            document["Statement"][change.statement]["Resource"]
                .to_string()
                .contains(&whole)
        }
        _ => false,
    }
}

/// The changed document; inside, none if nothing is left of it. None at all if nobody could save such a policy.
fn replacement(written: &Written, change: &Change) -> Option<Option<Arc<Document>>> {
    let is_session = matches!(written.source, Source::Session(_));
    match &change.document {
        // A session without a session policy may do more, not less.
        None if is_session => None,
        None => Some(None),
        Some(document) => {
            let document = Document::parse(&document.to_string(), grammar(&written.source)).ok()?;
            Some(Some(Arc::new(document)))
        }
    }
}

fn grammar(source: &Source) -> Grammar {
    match source {
        Source::Custom(..) => Grammar::Identity,
        Source::Trust(..) => Grammar::Trust,
        Source::Bucket(_) => Grammar::Bucket,
        Source::Session(_) => Grammar::Session,
    }
}

/// The policies of the file that bear on a row.
fn sources(row: &Row) -> Vec<Source> {
    let Grounds::Policies(supposed) = &row.case.grounds else {
        return Vec::new();
    };
    let Layers {
        identity,
        session,
        guard,
    } = &supposed.layers;
    let own = identity.account.iter().chain(&identity.resource_group);
    let all = own.chain(session).chain(&guard.policies);
    let mut sources: Vec<_> = all
        .filter_map(|attached| source(row, supposed, attached))
        .collect();
    sources.dedup();
    sources
}

fn source(row: &Row, supposed: &Supposed, attached: &Attached) -> Option<Source> {
    let name = || attached.name.to_string();
    let guard = &supposed.layers.guard;
    match attached.policy_type {
        PolicyType::Custom => {
            let account = row.case.caller.account()?.to_owned();
            Some(Source::Custom(account, name()))
        }
        PolicyType::Session => row.session.clone().map(Source::Session),
        PolicyType::Trust => Some(Source::Trust(guard.owner.to_string(), name())),
        PolicyType::Bucket => {
            let place = row.case.arn.splitn(5, ':').nth(4)?;
            let bucket = place.split('/').next()?;
            Some(Source::Bucket(bucket.to_owned()))
        }
        PolicyType::System | PolicyType::Control => None,
    }
}

/// Whether an expectation is disappointed where a policy has become this.
fn notices(row: &Row, source: &Source, changed: Option<&Arc<Document>>) -> bool {
    let Grounds::Policies(supposed) = &row.case.grounds else {
        return false;
    };
    let put = |all: &[Attached]| -> Vec<Attached> {
        let each = all.iter().filter_map(|attached| {
            match self::source(row, supposed, attached).as_ref() == Some(source) {
                false => Some(attached.clone()),
                true => changed.map(|document| Attached {
                    document: document.clone(),
                    ..attached.clone()
                }),
            }
        });
        each.collect()
    };
    let Layers {
        identity,
        session,
        guard,
    } = &supposed.layers;
    let mut guard = guard.clone();
    guard.policies = put(&guard.policies);
    let layers = Layers {
        identity: Arc::new(Policies {
            account: put(&identity.account),
            resource_group: put(&identity.resource_group),
        }),
        session: session
            .as_ref()
            .and_then(|one| put(std::slice::from_ref(one)).pop()),
        guard,
    };
    let decision = row.case.decide_on(&Supposed {
        layers,
        context: supposed.context.clone(),
    });
    !row.holds(Some(&decision))
}

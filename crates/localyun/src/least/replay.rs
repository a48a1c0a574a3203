//! Would the same requests have the same outcome if somebody had other policies?

use gateway::record::Used;
use gateway::{Gateway, Layers};
use policy::{Attached, Decision, Document, Grammar, Look, PolicyType, Reason, Recorder};
use serde::{Deserialize, Serialize};

use super::usage::{self, Conditions};

/// `POST /_localyun/usage/replay`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// Whose policies are replaced, of the user itself and of its groups: a user or a role.
    pub(crate) principal: String,
    /// The documents that replace them.
    pub(crate) policies: Vec<String>,
    /// Only what was asked for then or later, wall time.
    pub(crate) since: Option<chrono::DateTime<chrono::Utc>>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Whether everything that was asked for is remembered, so that all of it was looked at.
    pub(crate) complete: bool,
    /// How many different requests of the principal were decided anew.
    pub(crate) theirs: usize,
    /// And of everybody else.
    pub(crate) others: usize,
    /// What would end differently.
    pub(crate) differences: Vec<Difference>,
}

/// One request that would end differently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// Who asked.
    pub(crate) principal: String,
    /// Such as `oss:PutObject`.
    pub(crate) action: String,
    /// The ARN.
    pub(crate) resource: String,
    /// The condition keys that mattered.
    pub(crate) conditions: Conditions,
    /// What came of it.
    pub(crate) before: String,
    /// What would come of it.
    pub(crate) after: String,
    /// Why.
    pub(crate) reason: String,
    /// How often it was asked for.
    pub(crate) count: u64,
}

/// The keys that are known of every request. A condition on another one cannot be decided anew.
const KNOWN: [&str; 4] = [
    "acs:SourceIp",
    "acs:SecureTransport",
    "oss:Prefix",
    "oss:Delimiter",
];

impl Question {
    /// Decides every recorded request anew.
    ///
    /// # Errors
    ///
    /// A sentence, where a document is no policy or has a condition that the recorded requests cannot be held against.
    pub(crate) fn answer(&self, gateway: &Gateway) -> Result<Answer, String> {
        let policies = self.read()?;
        let principal = usage::named(&self.principal)?;
        let (all, missed) = usage::recorded(gateway, self.since);
        let complete = usage::complete(missed, self.since);
        let all = all
            .into_iter()
            .filter_map(|(used, latest)| latest.then_some(used));
        let (theirs, others): (Vec<_>, Vec<_>) =
            all.partition(|used| usage::name(&used.principal) == principal);
        let changed = theirs.iter().filter_map(|used| {
            let before = usage::let_through(used, gateway.mode());
            anew(used, &usage::with(&used.layers, policies.clone()), before)
        });
        // What is somebody else's rests on the policies that it rested on.
        let unchanged = others
            .iter()
            .filter_map(|used| anew(used, &used.layers, used.decision.is_allow()));
        let mut differences: Vec<_> = changed.chain(unchanged).collect();
        differences.sort();
        Ok(Answer {
            complete,
            theirs: theirs.len(),
            others: others.len(),
            differences,
        })
    }

    fn read(&self) -> Result<Vec<Attached>, String> {
        let mut policies = Vec::new();
        for (index, text) in self.policies.iter().enumerate() {
            let document =
                Document::parse(text, Grammar::Identity).map_err(|error| error.to_string())?;
            known(&document)?;
            let name = format!("policy {}", index + 1);
            policies.push(Attached::new(name, PolicyType::Custom, document));
        }
        Ok(policies)
    }
}

fn known(document: &Document) -> Result<(), String> {
    let conditions = document
        .statements()
        .iter()
        .flat_map(|statement| statement.conditions());
    let known = |key: &str| KNOWN.iter().any(|known| known.eq_ignore_ascii_case(key));
    match conditions
        .map(|condition| condition.key())
        .find(|key| !known(key))
    {
        None => Ok(()),
        Some(key) => Err(format!(
            "the policy has a condition on {key}, which is not recorded of every request; only {} are",
            KNOWN.join(", ")
        )),
    }
}

/// The difference, if there is one.
fn anew(used: &Used, layers: &Layers, before: bool) -> Option<Difference> {
    let mut trace = Recorder::default();
    let after = usage::traced(used, layers, &mut trace);
    if after.is_allow() == before {
        return None;
    }
    Some(Difference {
        principal: usage::name(&used.principal),
        action: used.action.to_owned(),
        resource: used.arn.to_string(),
        conditions: usage::conditions(used),
        before: outcome(&used.decision, before),
        after: outcome(&after, after.is_allow()),
        reason: reason(&after, &trace),
        count: used.count,
    })
}

fn outcome(decision: &Decision, let_through: bool) -> String {
    match (let_through, decision.is_allow()) {
        (true, true) => format!("allowed by {}", usage::by(decision)),
        (true, false) => "let through by --auth audit".to_owned(),
        (false, _) => "denied".to_owned(),
    }
}

/// The statement that did it, or for a silence the one that comes closest.
fn reason(after: &Decision, trace: &Recorder) -> String {
    if after.because.is_some() {
        return usage::by(after);
    }
    let looks = trace.steps.iter().flat_map(|step| &step.looks);
    match looks.max_by_key(|look| closeness(look)) {
        Some(Look {
            statement,
            mismatch: Some(reason),
            ..
        }) if !matches!(reason, Reason::Action { .. }) => {
            format!(
                "{}, statement {}: {reason}",
                statement.policy, statement.index
            )
        }
        _ => "no statement has this action".to_owned(),
    }
}

fn closeness(look: &Look) -> u8 {
    match &look.mismatch {
        Some(Reason::Condition { .. } | Reason::Inert { .. }) => 2,
        Some(Reason::Resource { .. }) => 1,
        _ => 0,
    }
}

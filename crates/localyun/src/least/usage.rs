//! What was asked for, as the admin API tells it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use gateway::record::{Missed, Used};
use gateway::{AuthMode, Gateway, Layers, Policies};
use policy::{
    Attached, Context, Decision, Document, Grammar, Holder, PolicyType, Principal, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::simulate::Who;

/// Condition keys by name, each with its values.
pub(crate) type Conditions = BTreeMap<String, Vec<String>>;

/// `GET /_localyun/usage`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// The mode of the server. With `off` nothing is asked for.
    pub(crate) auth: String,
    /// Whether everything that was asked for is remembered.
    pub(crate) complete: bool,
    /// How often something was asked for that found no room.
    pub(crate) missed: u64,
    /// When that was, the first and the last time.
    pub(crate) missed_between: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Everybody who asked for something, since `since`.
    pub(crate) principals: BTreeSet<String>,
    /// Who was asked about.
    pub(crate) principal: Option<String>,
    /// The policies that it had when it asked last.
    pub(crate) policies: BTreeSet<PolicyName>,
    /// What was asked for.
    pub(crate) used: Vec<Line>,
    /// Who assumed the role that was asked about.
    pub(crate) assumed: Vec<Line>,
}

/// A policy by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct PolicyName {
    /// `System` or `Custom`.
    pub(crate) r#type: String,
    /// Such as `AdministratorAccess`.
    pub(crate) name: String,
    /// The group through which a user has it.
    pub(crate) group: Option<String>,
}

/// One permission that was asked for, once or more often.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The user, root or role; `*` for unsigned requests.
    pub(crate) principal: String,
    /// Such as `oss:PutObject`.
    pub(crate) action: String,
    /// The ARN.
    pub(crate) resource: String,
    /// The condition keys that mattered.
    pub(crate) conditions: Conditions,
    /// The address it came from.
    pub(crate) source_ip: String,
    /// Whether through TLS.
    pub(crate) secure: bool,
    /// `Allow`, `ExplicitDeny` or `ImplicitDeny`.
    pub(crate) verdict: String,
    /// Which policy or layer settled it.
    pub(crate) by: String,
    /// Whether the request went on: it was allowed, or the server only audits.
    pub(crate) let_through: bool,
    /// Whether this was the outcome the last time; false where the same request had another one later.
    pub(crate) latest: bool,
    /// What it takes of the principal's own policies.
    pub(crate) needs: Needs,
    /// How often.
    pub(crate) count: u64,
    /// The first time, wall time.
    pub(crate) first: DateTime<Utc>,
    /// The last time, wall time.
    pub(crate) last: DateTime<Utc>,
}

/// What a request takes of the policies of who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Needs {
    /// Nothing: the resource's policy, its ACL or its owner allows it.
    Nothing,
    /// That they allow it.
    Allow,
    /// Nothing they could say would do: another layer denies it, or is silent where it must allow.
    InVain,
}

/// What of the table is meant.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// What was asked for then or later, wall time.
    pub(crate) since: Option<DateTime<Utc>>,
    /// By this user or role.
    pub(crate) principal: Option<String>,
}

impl Usage {
    /// What the gateway remembers.
    ///
    /// # Errors
    ///
    /// A sentence, where the principal is none.
    pub(crate) fn of(gateway: &Gateway, wanted: &Wanted) -> Result<Self, String> {
        let (all, missed) = recorded(gateway, wanted.since);
        let names = all.iter().map(|(used, _)| name(&used.principal));
        let principals = names.collect();
        let principal = wanted.principal.as_deref().map(named).transpose()?;
        let by = |used: &Used| {
            principal
                .as_ref()
                .is_none_or(|p| *p == name(&used.principal))
        };
        let (theirs, others): (Vec<_>, Vec<_>) = all.iter().partition(|(used, _)| by(used));
        let role = principal.as_deref().and_then(resource_of_role);
        let assumed = others
            .into_iter()
            .filter(|(used, _)| used.action == ASSUME_ROLE && role.as_deref() == Some(&*used.arn));
        let mode = gateway.mode();
        let line = |(used, latest): &(Used, bool)| Line::new(used, *latest, mode);
        Ok(Self {
            auth: mode.name().to_owned(),
            complete: complete(missed, wanted.since),
            missed: missed.count,
            missed_between: missed.between,
            principals,
            policies: principal
                .as_ref()
                .map_or_else(BTreeSet::new, |_| policies(&theirs)),
            principal,
            used: sorted(theirs.iter().copied().map(line)),
            assumed: sorted(assumed.map(line)),
        })
    }
}

impl Usage {
    /// The condition keys that policies asked for and that a generated policy does not ask for.
    pub(crate) fn dropped_keys(&self) -> BTreeSet<&str> {
        let keys = self.used.iter().flat_map(|line| line.conditions.keys());
        keys.map(String::as_str)
            .filter(|key| !LISTING.contains(key))
            .collect()
    }
}

/// The keys of listings, which are recorded whether a policy asks for them or not.
const LISTING: [&str; 2] = ["oss:Prefix", "oss:Delimiter"];

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// What was missed before matters to nobody who asks about later.
pub(crate) fn complete(missed: Missed, since: Option<DateTime<Utc>>) -> bool {
    let between = missed.between;
    between.is_none_or(|(_, last)| since.is_some_and(|since| last < since))
}

fn sorted(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut lines: Vec<Line> = lines.collect();
    lines.sort_by(|a, b| a.key().cmp(&b.key()));
    lines
}

/// What was asked for since then, each with whether no other outcome of the same request came later.
pub(crate) fn recorded(
    gateway: &Gateway,
    since: Option<DateTime<Utc>>,
) -> (Vec<(Used, bool)>, Missed) {
    let (all, missed) = gateway
        .records
        .used(|used| since.is_none_or(|since| used.last >= since));
    (latest_of(all), missed)
}

fn latest_of(all: Vec<Used>) -> Vec<(Used, bool)> {
    let mut last: HashMap<String, DateTime<Utc>> = HashMap::new();
    for used in &all {
        let entry = last.entry(request(used)).or_insert(used.last);
        *entry = used.last.max(*entry);
    }
    let latest = |used: Used| {
        let latest = last
            .get(&request(&used))
            .is_none_or(|last| *last == used.last);
        (used, latest)
    };
    all.into_iter().map(latest).collect()
}

/// Which request it was, whatever came of it.
fn request(used: &Used) -> String {
    let gated = used.layers.session.is_some();
    let (from, who) = ((used.peer, used.secure, gated), name(&used.principal));
    let keys: Vec<_> = used
        .context
        .iter()
        .filter(|(key, _)| !key.eq_ignore_ascii_case("acs:CurrentTime"))
        .collect();
    format!("{who} {} {} {from:?} {keys:?}", used.action, used.arn)
}

/// The user, root or role; of a session its role.
pub(crate) fn name(principal: &Principal) -> String {
    match principal {
        Principal::Session {
            account, role_name, ..
        } => format!("acs:ram::{account}:role/{}", role_name.to_ascii_lowercase()),
        other => other.arn(),
    }
}

/// The name of whom a text means.
pub(crate) fn named(text: &str) -> Result<String, String> {
    let who = Who::parse(text, identity::DEFAULT_ACCOUNT).map_err(|wrong| wrong.to_string())?;
    Ok(match who {
        Who::Anonymous => "*".to_owned(),
        Who::Role { account, name, .. } => {
            format!("acs:ram::{account}:role/{}", name.to_ascii_lowercase())
        }
        other => other.to_string(),
    })
}

/// `acs:ram::1:role/r` as the resource that is asked for.
fn resource_of_role(arn: &str) -> Option<String> {
    let (account, role) = arn.strip_prefix("acs:ram::")?.split_once(":role/")?;
    Some(format!("acs:ram:*:{account}:role/{role}"))
}

fn policies(theirs: &[&(Used, bool)]) -> BTreeSet<PolicyName> {
    let newest = theirs.iter().max_by_key(|(used, _)| used.last);
    let identity = newest.map(|(used, _)| &used.layers.identity);
    let attached = identity
        .into_iter()
        .flat_map(|policies| policies.account.iter().chain(&policies.resource_group));
    attached
        .map(|attached| PolicyName {
            r#type: format!("{:?}", attached.policy_type),
            name: attached.name.to_string(),
            group: match &attached.holder {
                Some(Holder::Group(group)) => Some(group.to_string()),
                Some(Holder::User | Holder::Role) | None => None,
            },
        })
        .collect()
}

impl Line {
    fn key(&self) -> impl Ord {
        (
            &self.principal,
            &self.resource,
            &self.action,
            &self.conditions,
            self.first,
        )
    }

    fn new(used: &Used, latest: bool, mode: AuthMode) -> Self {
        Self {
            principal: name(&used.principal),
            action: used.action.to_owned(),
            resource: used.arn.to_string(),
            conditions: conditions(used),
            source_ip: used.peer.to_string(),
            secure: used.secure,
            verdict: format!("{:?}", used.decision.verdict),
            by: by(&used.decision),
            let_through: let_through(used, mode),
            latest,
            needs: Needs::of(used),
            count: used.count,
            first: used.first,
            last: used.last,
        }
    }
}

pub(crate) fn conditions(used: &Used) -> Conditions {
    let mut conditions = Conditions::new();
    for (key, value) in used.context.iter() {
        let values = conditions.entry(key.to_owned()).or_default();
        values.push(value.to_owned());
    }
    conditions
}

/// Whether a request went on.
pub(crate) fn let_through(used: &Used, mode: AuthMode) -> bool {
    used.decision.is_allow() || mode != AuthMode::Enforce
}

/// Which policy, or else which layer.
pub(crate) fn by(decision: &Decision) -> String {
    match (&decision.because, decision.verdict) {
        (Some(statement), _) => format!("{}, statement {}", statement.policy, statement.index),
        (None, Verdict::Allow) => format!("{:?}", decision.layer),
        (None, _) => "nothing allows it".to_owned(),
    }
}

impl Needs {
    fn of(used: &Used) -> Self {
        let all = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let all = Document::parse(all, Grammar::Identity).into_iter();
        let all = all
            .map(|document| Attached::new("everything", PolicyType::Custom, document))
            .collect();
        match (
            decide(used, &with(&used.layers, Vec::new())),
            decide(used, &with(&used.layers, all)),
        ) {
            (without, _) if without.is_allow() => Self::Nothing,
            (_, with) if with.is_allow() => Self::Allow,
            _ => Self::InVain,
        }
    }
}

/// The same, but that these are the caller's policies.
pub(crate) fn with(layers: &Layers, account: Vec<Attached>) -> Layers {
    let identity = Policies {
        account,
        resource_group: Vec::new(),
    };
    Layers {
        identity: identity.into(),
        ..layers.clone()
    }
}

/// What would come of it with other policies.
pub(crate) fn decide(used: &Used, layers: &Layers) -> Decision {
    traced(used, layers, &mut ())
}

pub(crate) fn traced<T: policy::Trace>(used: &Used, layers: &Layers, trace: &mut T) -> Decision {
    let context = context(used);
    let request = policy::Request {
        principal: &used.principal,
        action: used.action,
        resource: &used.arn,
        context: &context,
    };
    layers.decide(&request, trace)
}

/// The keys that every request has and that are known of every request, besides those that were kept.
fn context(used: &Used) -> Context {
    let mut context = used.context.clone();
    let secure = if used.secure { "true" } else { "false" };
    let always = [
        ("acs:SourceIp", used.peer.to_string()),
        ("acs:SecureTransport", secure.to_owned()),
    ];
    for (key, value) in always {
        if context.get(key).is_none() {
            context.insert(key, value);
        }
    }
    context
}

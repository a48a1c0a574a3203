//! Why: the steps of a decision, for those who ask.

use std::fmt;

use serde::Serialize;

use crate::question::{Attached, Holder, Layer, Request, StatementRef, Verdict};
use crate::statement::{Effect, Mismatch, Statement};

/// Hears every step of a decision. Its methods do nothing by default, so `()` costs nothing.
pub trait Trace {
    /// A statement was held against the request. `mismatch` is the first thing that does not fit.
    fn looked(
        &mut self,
        layer: Layer,
        policy: &Attached,
        index: usize,
        request: &Request<'_>,
        mismatch: Option<Mismatch>,
    ) {
        let _ = (layer, policy, index, request, mismatch);
    }

    /// A layer was passed over.
    fn skipped(&mut self, layer: Layer, why: Skipped) {
        let _ = (layer, why);
    }

    /// A layer has answered.
    fn settled(&mut self, layer: Layer, verdict: Verdict, because: Option<&StatementRef>) {
        let _ = (layer, verdict, because);
    }
}

impl Trace for () {}

/// Why a layer was passed over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Skipped {
    /// The caller belongs to another account than the resource: its policies have no say (spec §4.7).
    OtherAccount,
    /// The caller has no policies of its own: a root, a service, a federated caller, nobody.
    NoPolicies,
    /// The account scope has answered already.
    AccountScopeAnswered,
}

/// Keeps every step.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Recorder {
    looks: Vec<Look>,
    /// One entry for each layer, in the order of the evaluation.
    pub steps: Vec<Step>,
}

/// One layer and what it answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Step {
    /// The layer.
    pub layer: Layer,
    /// What it answered. A layer that was passed over is silent.
    pub verdict: Verdict,
    /// The statement that made it answer.
    pub because: Option<StatementRef>,
    /// Why it was passed over.
    pub skipped: Option<Skipped>,
    /// The statements that were looked at.
    pub looks: Vec<Look>,
}

/// One statement that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Look {
    /// Which.
    pub statement: StatementRef,
    /// The version of the policy, for custom ones.
    pub version: Option<u32>,
    /// Through whom the caller has it.
    pub holder: Option<Holder>,
    /// What it does.
    pub effect: Effect,
    /// The first reason why it does not apply; `None` if it does.
    pub mismatch: Option<Reason>,
}

/// Why a statement does not apply: the first thing that does not fit, what the statement has and what the request
/// has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Reason {
    /// An Allow after an Allow changes nothing and was not looked into.
    Effect,
    /// It speaks about somebody else.
    Principal {
        /// Whom it names.
        expected: Vec<String>,
        /// Whether those are the ones that it leaves out (`NotPrincipal`).
        negated: bool,
        /// Who asks.
        actual: String,
    },
    /// Everybody, without a condition, leaves the bucket's owner out.
    Owner,
    /// It speaks about other actions.
    Action {
        /// Which ones.
        expected: Vec<String>,
        /// Whether those are the ones that it leaves out (`NotAction`).
        negated: bool,
        /// The action asked for.
        actual: String,
    },
    /// It speaks about other resources.
    Resource {
        /// Which ones.
        expected: Vec<String>,
        /// The resource asked for.
        actual: String,
    },
    /// A condition on a key that OSS takes in a bucket policy and does not evaluate (spec §4.8).
    Inert {
        /// The operator.
        operator: &'static str,
        /// The key.
        key: String,
    },
    /// A condition does not hold.
    Condition {
        /// The operator.
        operator: &'static str,
        /// The key.
        key: String,
        /// The values in the statement.
        expected: Vec<String>,
        /// The values of the request; none if it has no such key.
        actual: Vec<String>,
    },
}

impl Reason {
    fn new(statement: &Statement, request: &Request<'_>, mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Effect => Self::Effect,
            Mismatch::Owner => Self::Owner,
            Mismatch::Principal => Self::Principal {
                expected: named(statement),
                negated: statement.is_not_principal(),
                actual: request.principal.arn(),
            },
            Mismatch::Action => Self::Action {
                expected: statement.actions().map(str::to_owned).collect(),
                negated: statement.is_not_action(),
                actual: request.action.to_owned(),
            },
            Mismatch::Resource => Self::Resource {
                expected: statement.resources().map(str::to_owned).collect(),
                actual: request.resource.to_owned(),
            },
            Mismatch::Condition(index) => match statement.conditions().get(index) {
                Some(condition) if condition.is_inert() => Self::Inert {
                    operator: condition.operator(),
                    key: condition.key().to_owned(),
                },
                Some(condition) => Self::Condition {
                    operator: condition.operator(),
                    key: condition.key().to_owned(),
                    expected: condition.values().to_vec(),
                    actual: request
                        .context
                        .values(condition.key())
                        .map(str::to_owned)
                        .collect(),
                },
                None => Self::Effect,
            },
        }
    }
}

fn named(statement: &Statement) -> Vec<String> {
    let trusted = statement.trusted().iter().map(ToString::to_string);
    statement
        .principals()
        .iter()
        .cloned()
        .chain(trusted)
        .collect()
}

impl Trace for Recorder {
    fn looked(
        &mut self,
        _: Layer,
        policy: &Attached,
        index: usize,
        request: &Request<'_>,
        mismatch: Option<Mismatch>,
    ) {
        let Some(statement) = policy.document.statements().get(index) else {
            return;
        };
        self.looks.push(Look {
            statement: StatementRef {
                policy: policy.name.clone(),
                policy_type: policy.policy_type,
                index,
            },
            version: policy.version,
            holder: policy.holder.clone(),
            effect: statement.effect(),
            mismatch: mismatch.map(|mismatch| Reason::new(statement, request, mismatch)),
        });
    }

    fn skipped(&mut self, layer: Layer, why: Skipped) {
        self.steps.push(Step {
            layer,
            verdict: Verdict::ImplicitDeny,
            because: None,
            skipped: Some(why),
            looks: Vec::new(),
        });
    }

    fn settled(&mut self, layer: Layer, verdict: Verdict, because: Option<&StatementRef>) {
        self.steps.push(Step {
            layer,
            verdict,
            because: because.cloned(),
            skipped: None,
            looks: std::mem::take(&mut self.looks),
        });
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differs = |out: &mut fmt::Formatter<'_>,
                       what,
                       actual: &str,
                       expected: &[String],
                       negated| {
            match (negated, expected) {
                (true, some) => write!(out, "{what} {actual} is left out by {}", some.join(", ")),
                (false, []) => write!(out, "it names no {what}"),
                (false, some) => write!(out, "{what} {actual} is not among {}", some.join(", ")),
            }
        };
        match self {
            Self::Effect => out.write_str("another statement allows it already"),
            Self::Owner => {
                out.write_str("* without a Condition does not apply to the owner of the bucket")
            }
            Self::Principal {
                expected,
                negated,
                actual,
            } => differs(out, "principal", actual, expected, *negated),
            Self::Action {
                expected,
                negated,
                actual,
            } => differs(out, "action", actual, expected, *negated),
            Self::Resource { expected, actual } => {
                differs(out, "resource", actual, expected, false)
            }
            Self::Inert { operator, key } => write!(
                out,
                "{operator} {key}: OSS does not evaluate this key in a bucket policy"
            ),
            Self::Condition {
                operator,
                key,
                expected,
                actual,
            } => {
                write!(out, "{operator} {key}: expected {}, ", expected.join(", "))?;
                match actual.as_slice() {
                    [] => out.write_str("but the request has no such key"),
                    values => write!(out, "but it is {}", values.join(", ")),
                }
            }
        }
    }
}

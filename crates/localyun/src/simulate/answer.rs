//! The answer to one question, for people and for programs.

use gateway::Fault;
use policy::Explanation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Case, Grounds, Wrong};

/// The answer to one question.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    /// May they?
    pub allowed: bool,
    /// Why, in one sentence.
    pub reason: String,
    /// Everything about the decision, or about the rule of the service that comes before all policies.
    #[serde(flatten)]
    pub told: Value,
    /// The same for people.
    pub text: String,
}

impl Answer {
    /// Decides and explains.
    pub(crate) fn of(case: &Case) -> Result<Self, Wrong> {
        let told = |told: &Explanation| {
            serde_json::to_value(told).map_err(|error| Wrong(error.to_string()))
        };
        Ok(match (case.explain(), &case.grounds) {
            (Some(explanation), _) => Self {
                allowed: explanation.is_allow(),
                reason: explanation.because(),
                told: told(&explanation)?,
                text: explanation.to_string(),
            },
            (None, Grounds::Rule(fault)) => Self::of_rule(case, fault),
            (None, Grounds::Policies(_)) => {
                return Err(Wrong("a decision without an explanation".to_owned()));
            }
        })
    }

    fn of_rule(case: &Case, fault: &Fault) -> Self {
        let because = format!(
            "the service refuses it before any policy is asked: {}, {}",
            fault.code(),
            fault.text()
        );
        let (action, resource) = (&case.action, &case.arn);
        let principal = case.caller.principal.arn();
        Self {
            allowed: false,
            told: json!({
                "principal": principal,
                "action": action,
                "resource": resource,
                "refused": { "code": fault.code(), "message": fault.text() },
            }),
            text: format!(
                "DENIED  {action} on {resource}\n  for {principal}\n  because {because}\n"
            ),
            reason: because,
        }
    }
}

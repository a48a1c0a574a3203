//! Everything that can be told about one decision: who asked for what under which circumstances, every layer and
//! every statement that was looked at, the verdict, and the smallest change that would have allowed it.

mod remedy;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::decide::decide;
use crate::question::{Decision, Merge, Question, Request, Verdict};
use crate::trace::{Recorder, Step};

pub use remedy::{Fix, Place, Proposal, Whom};

/// One decision, told in full. As text it is what people read, serialized it is what programs read.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Who asked: the ARN, or what stands for one.
    pub principal: String,
    /// `service:Action`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// The condition keys of the request, each with its values.
    pub conditions: BTreeMap<String, Vec<String>>,
    /// The answer.
    #[serde(flatten)]
    pub decision: Decision,
    /// Every layer that was asked, in order.
    pub layers: Vec<Step>,
    /// What would have allowed it: each entry is a list of changes which together are enough, the plainest first. Each
    /// was decided again with the changes made. Empty for what is allowed, and where no change to a policy helps.
    pub remedies: Vec<Vec<Fix>>,
    /// What the policies of the resource are called.
    #[serde(skip)]
    guard: &'static str,
}

impl Explanation {
    /// Decides once more with open ears, and looks for what would have changed the answer.
    pub fn of(question: &Question<'_>, request: &Request<'_>) -> Self {
        let mut recorder = Recorder::default();
        let decision = decide(question, request, &mut recorder);
        let mut conditions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in request.context.iter() {
            let values = conditions.entry(key.to_owned()).or_default();
            values.push(value.to_owned());
        }
        let remedies = match decision.verdict {
            Verdict::Allow => Vec::new(),
            Verdict::ExplicitDeny | Verdict::ImplicitDeny => remedy::remedies(question, request),
        };
        Self {
            principal: request.principal.arn(),
            action: request.action.to_owned(),
            resource: request.resource.to_owned(),
            conditions,
            decision,
            layers: recorder.steps,
            remedies,
            guard: match question.merge {
                Merge::Both => "trust policy",
                Merge::Either if Place::has_bucket_policy(request) => "bucket policy",
                Merge::Either => "resource policy",
            },
        }
    }

    /// May they?
    pub fn is_allow(&self) -> bool {
        self.decision.is_allow()
    }
}

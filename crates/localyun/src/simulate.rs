//! Permission questions that no request asks: may this principal do this to that, and why?
//!
//! Everything is what a request would meet. The caller's policies come from the directory, the guard of the resource
//! from the service's own `locate`, the condition keys from the pipeline, and the decision from `Layers::decide`.

mod actions;
mod answer;
mod case;
mod matrix;
mod principal;
mod resource;

use std::fmt;

use gateway::Fault;
use serde::{Deserialize, Serialize};

use crate::Cloud;

pub use answer::Answer;
pub(crate) use case::{Case, Circumstances, Grounds, Trouble};
pub(crate) use matrix::{Matrix, Row, matrix};
pub(crate) use principal::Who;

/// Condition keys that stand in the place of those that a request would bring; `None` takes one away.
pub(crate) type Given = Vec<(String, Option<String>)>;

/// A question: may this principal do this to that?
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// An ARN, `user/NAME`, `role/NAME`, `root`, or `anonymous`.
    pub principal: String,
    /// `service:Action`; absent where all are asked about.
    #[serde(default)]
    pub action: Option<String>,
    /// An ARN, `oss://BUCKET/KEY`, or `*`.
    #[serde(default = "everything")]
    pub resource: String,
    /// Condition keys that stand in the place of those that a plain request would bring; `None` takes one away.
    #[serde(default)]
    pub context: Vec<(String, Option<String>)>,
    /// A session policy that narrows the session.
    #[serde(default)]
    pub session_policy: Option<String>,
}

fn everything() -> String {
    "*".to_owned()
}

/// Why a question makes no sense, as a sentence that says what there is to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub(crate) String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        match fault.cause() {
            Some(cause) => Self(cause.to_string()),
            None => Self(format!("{}: {}", fault.code(), fault.text())),
        }
    }
}

impl Cloud {
    /// Answers a question as a request would be answered, without one.
    ///
    /// # Errors
    ///
    /// A principal, action, bucket or role that there is not, or a resource of another kind than the action's.
    pub async fn simulate(&self, asking: &Asking) -> Result<Answer, Wrong> {
        simulate(self, asking).await
    }
}

/// Answers one question.
pub(crate) async fn simulate(cloud: &Cloud, asking: &Asking) -> Result<Answer, Wrong> {
    let action = asking.action.as_deref().ok_or_else(|| {
        Wrong("name an action, such as oss:GetObject, or ask for all of them".to_owned())
    })?;
    let caller = caller(cloud, asking).await?;
    let circumstances = Circumstances::new(cloud, &asking.context)?;
    let case = Case::prepare(cloud, caller, action, &asking.resource, &circumstances).await?;
    Answer::of(&case)
}

/// Who asks.
pub(crate) async fn caller(
    cloud: &Cloud,
    asking: &Asking,
) -> Result<std::sync::Arc<gateway::Caller>, Wrong> {
    let who = Who::parse(&asking.principal, identity::DEFAULT_ACCOUNT)?;
    let source = asking
        .context
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("acs:SourceIdentity"))
        .and_then(|(_, value)| value.as_deref());
    let caller = who.find(&cloud.identity, asking.session_policy.as_deref(), source);
    Ok(caller.await?.into())
}

/// The names that there are, for a sentence.
fn there_are(names: &[String]) -> String {
    const SHOWN: usize = 10;
    match names {
        [] => "there are none".to_owned(),
        few if few.len() <= SHOWN => format!("there are: {}", few.join(", ")),
        many => {
            let shown = many.get(..SHOWN).unwrap_or_default().join(", ");
            format!("there are: {shown} and {} more", many.len() - SHOWN)
        }
    }
}

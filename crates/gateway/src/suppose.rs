//! Requests that nobody sends: what would be held against the policies if somebody did.

use std::borrow::Cow;
use std::sync::Arc;

use policy::Context;

use crate::authorize::{self, Question};
use crate::{Caller, Fault, Gateway, Guard, Head, Layers, Moment, Op, Service};

/// Everything that a decision would rest on.
#[derive(Debug, Clone)]
pub struct Supposed {
    /// The policies.
    pub layers: Layers,
    /// The condition keys.
    pub context: Context,
}

impl Gateway {
    /// What the decision on an operation would rest on, were it called by this caller with this head.
    pub async fn suppose<S: Service>(
        &self,
        (service, op): (&S, &'static Op<S>),
        caller: &Caller,
        head: &Head,
        guard: &Guard,
        now: &Moment,
    ) -> Result<Supposed, Fault> {
        let question = Question {
            service,
            op,
            caller: &Arc::new(caller.clone()),
            head,
            now,
            action: "",
        };
        Ok(Supposed {
            layers: self.layers(caller, Cow::Borrowed(guard)).await?,
            context: authorize::conditions(&question, guard),
        })
    }

    /// The same for an action that no operation asks for: it has the condition keys that all have.
    pub async fn suppose_any(
        &self,
        caller: &Caller,
        head: &Head,
        guard: &Guard,
        now: &Moment,
    ) -> Result<Supposed, Fault> {
        let mut context = authorize::global_conditions(caller, head, now);
        for (key, value) in &guard.conditions {
            context.insert(key, value.as_str());
        }
        Ok(Supposed {
            layers: self.layers(caller, Cow::Borrowed(guard)).await?,
            context,
        })
    }
}

//! A request, prepared for being held against many statements.

use crate::principal::Principal;
use crate::question::{Question, Request};
use crate::resource::Target;
use crate::sieve::Sieve;

/// A request, prepared for being held against many statements.
pub(crate) struct Subject<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) sieve: Sieve,
    pub(crate) target: Target<'a>,
    /// The caller is the root of the account that owns the resource.
    pub(crate) root_of_owner: bool,
    /// The policies at hand are the resource's, not the caller's.
    pub(crate) on_resource: bool,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(question: &Question<'_>, request: &'a Request<'a>) -> Self {
        let root_of_owner = match request.principal {
            Principal::Account { account } => {
                question.owner.is_none_or(|owner| owner == &**account)
            }
            _ => false,
        };
        Self {
            request,
            sieve: Sieve::of_action(request.action),
            target: Target::new(request.resource),
            root_of_owner,
            on_resource: false,
        }
    }
}

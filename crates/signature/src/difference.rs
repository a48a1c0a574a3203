//! What a client probably signed, where that is not what arrived.
//!
//! A signature says nothing about what it was made from. So the slips that people make are made here, one at a time, until
//! one of them gives the signature that the request has. That costs some hundred signatures, and is for people who ask why
//! a request was refused; [`Claim::verify`] accepts none of them.

mod guess;
mod spelling;

use crate::{Claim, Secret, Signable};
use guess::Guess;

/// The first difference between what a client signed and what arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the client did, to follow "the client".
    pub what: String,
    /// What the client's string to sign was.
    pub string_to_sign: String,
    /// What the client's canonical request was, in schemes that have one.
    pub canonical_request: Option<String>,
}

impl Claim<'_> {
    /// Looks for the one slip that explains a signature which does not match. `hosts` and `regions` are those that the
    /// client may have had in mind.
    ///
    /// None means that there are several slips, an unusual one, or that the secret is another one.
    pub fn difference(
        &self,
        secret: &Secret,
        request: &Signable<'_>,
        hosts: &[String],
        regions: &[&str],
    ) -> Option<Difference> {
        let base = Guess::of(self, secret, request);
        let mut guesses = base.secrets();
        guesses.extend(base.methods());
        guesses.extend(base.hosts(hosts));
        guesses.extend(base.headers());
        guesses.extend(base.resources());
        guesses.extend(base.parameters());
        guesses.extend(base.fields());
        guesses.extend(base.scopes(regions));
        let found = guesses.into_iter().find_map(Guess::proven);
        found.or_else(|| spelling::proven(self, secret, request, regions))
    }
}

//! STS and RAM through the pipeline, in this process, over the memory store.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share is a test too, which the lint cannot see"
)]
#![expect(
    clippy::too_many_lines,
    reason = "a table of cases, or the life of one thing, reads best in one piece"
)]

mod accounts;
mod assume_role;
mod authentication;
mod cloud;
mod concurrency;
mod denials;
mod diagnoses;
mod furnishing;
mod groups;
mod keys;
mod oidc;
mod policies;
mod reports;
mod roles;
mod saml;
mod sessions;
mod tags;
mod users;
mod wire;

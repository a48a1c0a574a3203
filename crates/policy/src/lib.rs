//! The RAM policy language and the decision, with its reasons.
//!
//! A policy text becomes a [`Document`] once, when it is attached; a document that breaks the grammar is refused
//! there, so that [`decide`] never meets one. [`decide`] is total: it takes everything that bears on one request
//! and answers, without I/O, without a clock and without a way to fail. Who wants to know why hands in a
//! [`Recorder`]; who does not hands in `()` and pays nothing.
//!
//! ```
//! use policy::{Attached, Context, Document, Grammar, PolicyType, Principal, Question, Request, Verdict};
//!
//! let text = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:Get*","Resource":"acs:oss:*:*:photos/*"}]}"#;
//! let attached = [Attached::new("photos", PolicyType::Custom, Document::parse(text, Grammar::Identity)?)];
//! let alice = Principal::User { account: "1".into(), id: "2".into(), name: "alice".into() };
//! let request = Request {
//!     principal: &alice,
//!     action: "oss:GetObject",
//!     resource: "acs:oss:*:1:photos/cat.jpg",
//!     context: &Context::new(),
//! };
//! let question = Question::of(&attached, Some("1"));
//! assert_eq!(policy::decide(&question, &request, &mut ()).verdict, Verdict::Allow);
//! # Ok::<(), policy::ParseError>(())
//! ```
//!
//! "Spec" in the comments means the identity digest, `spec/identity.md`, and its sections; (J) marks what its
//! authors or this crate judged because no source settles it.

#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

mod condition;
mod context;
mod decide;
mod document;
mod error;
mod explain;
mod json;
mod pattern;
mod principal;
mod question;
mod resource;
mod sieve;
mod statement;
mod subject;
mod trace;

pub use condition::{Condition, operators};
pub use context::Context;
pub use decide::decide;
pub use document::{Document, Grammar};
pub use error::ParseError;
pub use explain::{Explanation, Fix, Place, Proposal, Whom};
pub use pattern::Pattern;
pub use principal::{Principal, Trusted};
pub use question::{
    Access, Acl, Attached, Decision, Fallback, Holder, Identity, Layer, Merge, PolicyType,
    Question, Request, StatementRef, Verdict,
};
pub use statement::{Effect, Mismatch, Statement};
pub use trace::{Look, Reason, Recorder, Skipped, Step, Trace};

//! Signs and verifies every request signature of Alibaba Cloud that LocalYun accepts.
//!
//! The crate is pure: it knows no clock, no socket and no key store, and it never panics. Each scheme has one
//! canonicalizer that serves both directions, so what [`Claim::verify`] accepts is what the scheme's `sign` produces.
//!
//! A service asks [`read`] who signed a request. The answer has three ways: nobody ([`Reading::NotMine`]), somebody
//! whose claim still has to be proven ([`Reading::Mine`]), or a signature that cannot even be read
//! ([`Reading::Broken`]), which must never be served as anonymous. A [`Claim`] exposes its key id, token and times
//! first, because the real services look at those before they look at the signature.
//!
//! | Scheme | Module | Where it stands |
//! |---|---|---|
//! | `OSS` (HMAC-SHA1) | [`oss_v1`] | `Authorization`, or `OSSAccessKeyId`, `Expires` and `Signature` in the URL |
//! | `OSS2` (HMAC-SHA256) | [`oss_v2`] | `Authorization`, or `x-oss-*` parameters in the URL |
//! | `OSS4-HMAC-SHA256` | [`oss_v4`] | `Authorization`, or `x-oss-*` parameters in the URL |
//! | `OSS`, `OSS2`, `OSS4-HMAC-SHA256` over a policy | [`oss_post`] | fields of a form |
//! | RPC `SignatureVersion=1.0` (HMAC-SHA1) | [`rpc_v1`] | parameters of the query, the form or both |
//! | `ACS3-HMAC-SHA256` | [`acs3`] | `Authorization` |
//! | ROA V1, `acs` (HMAC-SHA1) | [`roa_v1`] | `Authorization` |
//! | `FC` (HMAC-SHA256) | [`fc_v1`] | `Authorization`, or `x-fc-*` parameters in the URL of an HTTP trigger |
//!
//! JSON Web Tokens, which sign no request, have their signatures in [`jws`].
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unwrap_used
    )
)]

pub mod acs3;
mod claim;
mod credential;
mod difference;
pub mod encode;
pub mod fc_v1;
pub mod jws;
mod mac;
mod malformed;
pub mod oss_post;
pub mod oss_v1;
pub mod oss_v2;
pub mod oss_v4;
mod query;
pub mod roa_v1;
pub mod rpc_v1;
mod secret;
mod signable;
mod time;

pub use claim::{Claim, Mismatch, Placement, Reading, Scheme, Scope, Timing, read};
pub use difference::Difference;
pub use malformed::Malformed;
pub use query::{BadEncoding, Pair, Plus, Query};
pub use secret::Secret;
pub use signable::{Payload, Resource, Signable};

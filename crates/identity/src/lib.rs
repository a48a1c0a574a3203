//! RAM and STS: one state, several doors.
//!
//! [`Identity`] is the state: accounts, users, access keys, roles, policies and who has which, kept in a
//! [`store::Store`]. [`Ram`], [`Sts`] and [`Ims`] are services over it, and it is the [`gateway::Directory`] that every other
//! service asks. Sessions of roles are not state: their tokens are sealed and carry everything.
//!
//! "spec/identity.md" in the comments is the digest of the official documents.

pub mod accounts;
pub mod arn;
pub mod attachments;
pub mod bootstrap;
pub mod bss;
mod cache;
mod directory;
pub mod door;
pub mod fault;
pub mod groups;
pub mod ims;
pub mod jwt;
pub mod keys;
pub mod lend;
pub mod limits;
pub mod location;
pub mod logins;
pub mod metadata;
pub mod mfa;
pub mod names;
pub mod oidc;
pub mod passwords;
mod platform;
pub mod policies;
pub mod preferences;
pub mod ram;
mod random;
pub mod roles;
mod rows;
mod rpc;
pub mod saml;
pub mod service_roles;
pub mod sessions;
mod state;
pub mod sts;
pub mod summary;
pub mod system_policies;
pub mod tags;
mod time;
mod token;
pub mod trust;
pub mod users;

pub use accounts::{Account, AccountError, DEFAULT_ACCOUNT, FirstKey};
pub use bss::{BSS_VERSION, Bss};
pub use ims::{IMS_VERSION, Ims};
pub use limits::Limits;
pub use location::{LOCATION_VERSION, Location};
pub use metadata::Metadata;
pub use ram::{RAM_VERSION, Ram};
pub use state::Identity;
pub use sts::{STS_VERSION, Sts};

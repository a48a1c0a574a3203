//! What every service shares: one request from start to finish.
//!
//! [`serve()`] is the whole story. A service brings a table of operations ([`Op`]), says how a request names
//! its target ([`Service::route`], [`Service::locate`]) and how an answer looks ([`Service::render`]); the
//! order of the checks is written here, once.

pub mod authenticate;
mod authorize;
pub mod body;
pub mod call;
pub mod caller;
mod client;
pub mod clock;
pub mod crc64;
pub mod diagnosis;
pub mod directory;
pub mod events;
pub mod fault;
pub mod head;
pub mod host;
pub mod id;
pub mod line;
mod nonces;
pub mod objects;
pub mod op;
pub mod permanent;
pub mod record;
pub mod region;
pub mod report;
pub mod rpc;
mod serve;
mod service;
mod suppose;
pub mod xml;

pub use authenticate::AuthFailure;
pub use authorize::{Denial, Guard, Layers};
pub use body::{Body, BodyError, Response, ResponseBody};
pub use call::{Call, Located};
pub use caller::{Caller, Link, Session};
pub use client::Client;
pub use clock::{Clock, Moment};
pub use diagnosis::{AuthPrincipal, Diagnosis};
pub use directory::{Credential, CredentialError, Directory, Issued, PLATFORM, Policies};
pub use events::{Events, FollowUps, ObjectEvent};
pub use fault::Fault;
pub use head::{Head, Rare};
pub use id::RequestId;
pub use line::{Line, LineWriter};
pub use objects::Objects;
pub use op::{Action, Op};
pub use permanent::{LastUse, PermanentKey, Use};
pub use record::{KeptHead, Record, Records};
pub use report::Report;
pub use serve::{AuthMode, Gateway, serve};
pub use service::Service;
pub use suppose::Supposed;

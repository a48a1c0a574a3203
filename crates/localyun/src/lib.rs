//! LocalYun as a library: the emulated cloud that the `localyun` command serves, to be embedded in a test.
//!
//! [`Cloud`] wires the services to one store; [`Server`] puts a cloud on a socket.

pub mod admin;
pub mod cli;
mod client;
pub mod cloud;
pub mod config;
mod dispatch;
mod edge;
mod gate;
mod interpreters;
mod invoke;
mod issuers;
mod least;
mod log;
mod metadata;
mod permissions;
mod simulate;

pub use cloud::{Cloud, StartError};
pub use config::{AccountUid, BucketSpec, Config, KeyPair, LentRole, RoleSpec};
pub use edge::{BindError, Server};
pub use interpreters::{InterpreterConfig, PythonSpec};
pub use simulate::{Answer, Asking, Wrong};

//! What is done to objects. Nothing here knows of HTTP.

mod append;
mod copy;
mod read;
mod receive;
mod write;

pub(crate) use append::{Append, check_position};
pub(crate) use copy::Copy;
pub(crate) use receive::{Expected, Incoming, MAX_SIZE};
pub(crate) use write::New;

/// How often something is tried again when somebody else changes the same rows.
const ATTEMPTS: usize = 1000;

//! What is done to objects. Nothing here knows of HTTP.

mod append;
mod copy;
mod read;
mod receive;
mod write;

pub(crate) use append::{Append, check_position, store_extent};
pub(crate) use copy::Copy;
pub(crate) use receive::{Expected, Incoming, MAX_SIZE};
pub(crate) use write::{New, Put, contended};

/// How often something is tried again when somebody else changes the same rows.
pub(crate) const ATTEMPTS: usize = 1000;

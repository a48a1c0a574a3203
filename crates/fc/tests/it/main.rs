//! The runtime host, with real Python processes.

#![expect(
    clippy::unwrap_used,
    reason = "the bench's functions are tests too, which the lint cannot see"
)]

mod bench;
mod context;
mod custom;
mod errors;
mod examples;
mod hostile;
mod interpreters;
mod logs;
mod lookup;
mod network;
mod packages;
mod pool;
mod processes;
mod programs;
mod results;
mod sandbox;
mod stress;
mod strict;

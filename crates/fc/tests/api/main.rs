//! The control plane in process, through `gateway::serve`: a clock that stands still, a host that runs nothing.

#![expect(
    clippy::unwrap_used,
    reason = "the cloud's functions are tests too, which the lint cannot see"
)]

mod cloud;
mod functions;
mod generations;
mod later;
mod unemulated;

//! The schemes over their public interface: official vectors, captured requests, known deviations, properties.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops where its own fixture is broken"
)]

mod acs3;
mod captured;
mod difference;
mod documents;
mod fc_v1;
mod jws;
mod malformed;
mod oss_post;
mod oss_v1;
mod oss_v2;
mod oss_v4;
mod properties;
mod roa_v1;
mod rpc_v1;
mod sample;

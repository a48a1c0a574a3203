//! Objects, errors and permissions: signed requests through the whole pipeline, without sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on must stop"
)]

mod acl;
mod anonymous;
mod append;
mod archive;
mod authentication;
mod cloud;
mod copy;
mod cors;
mod denials;
mod encryption;
mod get;
mod layouts;
mod live;
mod multipart;
mod panics;
mod parts;
mod payment;
mod places;
mod platform;
mod policy;
mod post;
mod put;
mod refused;
mod symlink;
mod tagging;

//! Buckets, listings and multi-delete over the wire: signed requests through the whole pipeline.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on must stop"
)]

mod buckets;
mod cloud;
mod configured;
mod delete_many;
mod list_buckets;
mod list_objects;
mod race;
mod settings;

//! Tests of the whole: the goldens in `docs/`, the permission matrix, and the house rules.

mod differential;
mod edge;
mod events;
mod golden;
mod layers;
mod modes;
mod operations;
mod permissions;
mod puzzles;
mod reports;
mod requests;
mod temporary;
mod tidy;

//! Least privilege: what was asked for, which policy allows just that, and what would change with it.

pub(crate) mod generate;
pub(crate) mod replay;
pub(crate) mod trust;
pub(crate) mod usage;

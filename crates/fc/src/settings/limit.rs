//! The fields of limits, and of functions that are switched off.

use super::{Default, Field, Kind, Schema};
use crate::rows;

/// The most that can be said, as of provisioned instances.
const MOST: u64 = 10_000;

/// How many requests of a function may run at a time.
pub(crate) fn limit(kind: rows::Kind) -> Schema {
    const ON_DEMAND: Schema = &[Field::new(
        "maximumInstanceCount",
        Kind::Whole(0, MOST, 1),
        Default::Required,
    )];
    const CONCURRENCY: Schema = &[Field::new(
        "reservedConcurrency",
        Kind::Whole(0, MOST, 1),
        Default::Required,
    )];
    match kind {
        rows::Kind::OnDemand => ON_DEMAND,
        _ => CONCURRENCY,
    }
}

/// Why a function is switched off, and whether what it does is ended.
pub(crate) const RESTRICTION: Schema = &[
    Field::new("reason", Kind::Text(256), Default::Text("")),
    Field::new("abortOngoingRequest", Kind::Switch, Default::Switch(false)),
];

//! The fields of how a function is invoked asynchronously.

use super::{Default, Field, Kind, Schema};
use crate::Generation;

// What is not said is not told: then the service's own defaults hold.
const RETRIES: Field = Field::new(
    "maxAsyncRetryAttempts",
    Kind::Whole(0, 8, 1),
    Default::Absent,
);
const AGE: Field = Field::new(
    "maxAsyncEventAgeInSeconds",
    Kind::Whole(1, 604_800, 1),
    Default::Absent,
);
const DESTINATIONS: Field = Field::new("destinationConfig", Kind::Object, Default::Absent);

/// What the body may say.
pub(crate) fn asynchronous(generation: Generation) -> Schema {
    const FC3: Schema = &[
        RETRIES,
        AGE,
        DESTINATIONS,
        Field::new("asyncTask", Kind::Switch, Default::Switch(false)),
    ];
    const FC2: Schema = &[
        RETRIES,
        AGE,
        DESTINATIONS,
        Field::new("statefulInvocation", Kind::Switch, Default::Switch(false)),
    ];
    match generation.has_services() {
        true => FC2,
        false => FC3,
    }
}

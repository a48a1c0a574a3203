//! The fields of how many instances are kept ready.

use super::{Default, Field, Kind, Schema};
use crate::{Generation, rows};

/// The most instances that can be asked for, and the most rules.
const MOST: u64 = 10_000;
const RULES: usize = 100;

const fn count(name: &'static str) -> Field {
    Field::new(name, Kind::Whole(0, MOST, 1), Default::Absent)
}

const fn switch(name: &'static str) -> Field {
    Field::new(name, Kind::Switch, Default::Switch(false))
}

const fn rules(name: &'static str) -> Field {
    Field::new(name, Kind::List(RULES), Default::Absent)
}

/// What the body may say.
pub(crate) fn provision(kind: rows::Kind, generation: Generation) -> Schema {
    const FC2: Schema = &[
        count("target"),
        switch("alwaysAllocateCPU"),
        rules("scheduledActions"),
        rules("targetTrackingPolicies"),
    ];
    const FC3: Schema = &[
        count("target"),
        count("defaultTarget"),
        switch("alwaysAllocateCPU"),
        switch("alwaysAllocateGPU"),
        rules("scheduledActions"),
        rules("targetTrackingPolicies"),
    ];
    const SCALING: Schema = &[
        count("minInstances"),
        Field::new("enableMixMode", Kind::Switch, Default::Absent),
        Field::new("enableOnDemandScaling", Kind::Switch, Default::Absent),
        Field::new("requestDispatchPolicy", Kind::Text(64), Default::Absent),
        Field::new("residentPoolId", Kind::Text(128), Default::Absent),
        rules("horizontalScalingPolicies"),
        rules("scheduledPolicies"),
    ];
    match (kind, generation.has_services()) {
        (rows::Kind::Scaling, _) => SCALING,
        (_, true) => FC2,
        (_, false) => FC3,
    }
}

//! What is wrong with a trigger.

use gateway::Fault;

use super::{access_denied, invalid_argument};

/// The configuration is none of a trigger of OSS.
pub(crate) fn invalid_oss_config(why: &str) -> Fault {
    invalid_argument(format!("invalid OSS trigger config: {why}"))
}

/// The source of the events is none, or somebody else's.
pub(crate) fn invalid_source_arn(arn: &str, form: &str) -> Fault {
    invalid_argument(format!("sourceArn '{arn}' must have the form '{form}'"))
}

/// Two triggers of one bucket would be for the same event.
pub(crate) fn overlapping_triggers() -> Fault {
    event_source("Cannot specify overlapping prefix and suffix with same event type.")
}

/// The bucket has as many triggers as it may.
pub(crate) fn too_many_notifications(bucket: &str, most: usize) -> Fault {
    event_source(&format!(
        "bucket '{bucket}' has {most} triggers and may have no more."
    ))
}

/// The bucket is not there, or is somebody else's.
pub(crate) fn no_event_bucket(bucket: &str) -> Fault {
    event_source(&format!("The specified bucket '{bucket}' does not exist."))
}

fn event_source(why: &str) -> Fault {
    invalid_argument(format!("event source 'oss' returned error: {why}"))
}

/// What a service may not do with the role that it was given.
pub(crate) fn role_may_not(role: &str, action: &str, arn: &str) -> Fault {
    access_denied(format!(
        "the role '{role}' is not authorized to perform '{action}' on resource '{arn}'"
    ))
}

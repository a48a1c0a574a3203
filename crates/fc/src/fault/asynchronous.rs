//! What is wrong with asynchronous invocations and their settings.

use gateway::Fault;

use super::{access_denied, invalid_argument};

/// Nothing is set for the function and the qualifier.
pub(crate) fn async_config_not_exists(function: &str, qualifier: &str) -> Fault {
    let message = format!(
        "the asynchronous invocation config of function '{function}' with qualifier '{qualifier}' does not exist"
    );
    Fault::new(404, "AsyncConfigNotExists", message)
}

/// An ARN that results cannot go to.
pub(crate) fn invalid_destination(arn: &str) -> Fault {
    invalid_argument(format!(
        "destination '{arn}' must be the ARN of a function, an MNS queue or topic, an event bus or a RocketMQ topic of this account"
    ))
}

/// Function Compute delivers results with the role of the function, and there is none.
pub(crate) fn destination_needs_role(function: &str, arn: &str) -> Fault {
    access_denied(format!(
        "function '{function}' has no role, and needs one that may perform 'fc:InvokeFunction' on its destination '{arn}'"
    ))
}

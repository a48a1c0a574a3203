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

/// No task of this id. The code of FC 3.0 is seen, not documented.
pub(crate) fn task_not_found(id: &str, service: &str, function: &str) -> Fault {
    let message = format!("task '{id}' of function '{function}' does not exist");
    let code = match service {
        "" => "AsyncTaskNotFound",
        _ => "StatefulAsyncInvocationNotFound",
    };
    Fault::new(404, code, message)
}

/// The function has a task of this id. The code of FC 3.0 is made like the one of FC 2.0.
pub(crate) fn task_already_exists(id: &str, service: &str) -> Fault {
    let message = format!("task '{id}' already exists");
    let code = match service {
        "" => "AsyncTaskAlreadyExists",
        _ => "StatefulAsyncInvocationAlreadyExists",
    };
    Fault::new(409, code, message)
}

/// No limit is set. FC 3.0 has the code of FC 2.0 too.
pub(crate) fn limit_not_found(function: &str, qualifier: &str) -> Fault {
    let message = format!("no limit is set for function '{function}' with qualifier '{qualifier}'");
    Fault::new(404, "OnDemandConfigNotFound", message)
}

/// As many requests run as may.
pub(crate) fn over_limit(function: &str, setting: &str, most: u64) -> Fault {
    super::resource_exhausted(format!(
        "function '{function}' has a {setting} of {most}, and as many requests run"
    ))
}

/// The function is switched off. The code is not documented.
pub(crate) fn invocation_disabled(function: &str) -> Fault {
    let message = format!("the invocation of function '{function}' is disabled");
    Fault::new(403, "FunctionInvocationDisabled", message)
}

/// Instances are kept ready for aliases, and for what is not published.
pub(crate) fn provision_of_version(version: &str) -> Fault {
    invalid_argument(format!(
        "qualifier '{version}' must be LATEST or an alias: no instances are kept ready for a version"
    ))
}

/// Instances are still kept ready, so the function stays.
pub(crate) fn provision_exists(function: &str, qualifier: &str, kind: crate::rows::Kind) -> Fault {
    let message = format!(
        "instances are kept ready for function '{function}' with qualifier '{qualifier}'; delete that config first"
    );
    let code = match kind {
        crate::rows::Kind::Scaling => "ResidentScalingConfigExists",
        _ => "ProvisionConfigExist",
    };
    Fault::new(409, code, message)
}

//! Every error that Function Compute answers with: one constructor a wire code, and the only place where its text
//! stands.
//!
//! Codes and texts: spec/fc.md §3.5, and the official pages of error codes,
//! <https://help.aliyun.com/zh/functioncompute/fc/developer-reference/error-codes>. Texts that are not documented say
//! what is wrong in the same manner.

mod access;
mod asynchronous;
mod code;
mod layer;
mod missing;
mod tag;
mod trigger;
mod web;

use std::borrow::Cow;

use gateway::Fault;

pub(crate) use access::*;
pub(crate) use asynchronous::*;
pub(crate) use code::*;
pub(crate) use layer::*;
pub(crate) use missing::*;
pub(crate) use tag::*;
pub(crate) use trigger::*;
pub(crate) use web::*;

/// An argument that cannot be.
pub(crate) fn invalid_argument(message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(400, "InvalidArgument", message)
}

/// A parameter of the query that an operation does not have.
pub(crate) fn unknown_parameter(name: &str, op: &str) -> Fault {
    invalid_argument(format!("{op} has no query parameter '{name}'"))
}

/// A field of the body that an operation does not have.
pub(crate) fn unknown_field(name: &str) -> Fault {
    invalid_argument(format!("unknown field '{name}'"))
}

/// A field that has to be there.
pub(crate) fn missing_field(name: &str) -> Fault {
    invalid_argument(format!("'{name}' is required"))
}

/// No such region.
pub(crate) fn unknown_region(region: &str) -> Fault {
    invalid_argument(format!("region '{region}' does not exist"))
}

/// No operation has this path with this verb.
pub(crate) fn path_not_supported(method: &str, path: &str) -> Fault {
    unsupported(method, path, "")
}

/// The real service has this operation, and this one has not. The service never says this, so the text may tell the two
/// apart.
pub(crate) fn not_emulated(op: &str, method: &str, path: &str) -> Fault {
    unsupported(method, path, &format!(". LocalYun does not emulate {op}."))
}

fn unsupported(method: &str, path: &str, why: &str) -> Fault {
    let message = format!("'{method}' against '{path}' is not supported{why}");
    Fault::new(400, "PathNotSupported", message)
}

/// A request that names one region went to another.
pub(crate) fn another_region(named: &str, here: &str) -> Fault {
    invalid_argument(format!(
        "RegionId is '{named}', and this endpoint is of '{here}'; ask fcv3.{named}.aliyuncs.com"
    ))
}

/// The body is larger than the operation takes.
pub(crate) fn entity_too_large(limit: usize) -> Fault {
    let message = format!("payload size exceeds maximum allowed size ({limit} bytes)");
    Fault::new(400, "EntityTooLarge", message)
}

/// The body ended early.
pub(crate) fn incomplete_body() -> Fault {
    invalid_argument("the request body could not be read to its end")
}

/// Somebody else changed the same thing at the same time.
pub(crate) fn concurrent_update() -> Fault {
    Fault::new(
        409,
        "ConcurrentUpdateError",
        "the resource is being updated by another request, please retry",
    )
}

/// `If-Match` names another state.
pub(crate) fn precondition_failed() -> Fault {
    Fault::new(
        412,
        "PreconditionFailed",
        "the resource being modified has been changed",
    )
}

/// A function of this name is there.
pub(crate) fn function_already_exists(name: &str, service: &str) -> Fault {
    let place = match service {
        "" => String::new(),
        service => format!(" in service '{service}'"),
    };
    let message = format!("function '{name}' already exists{place}");
    Fault::new(409, "FunctionAlreadyExists", message)
}

/// A service of this name is there.
pub(crate) fn service_already_exists(name: &str) -> Fault {
    let message = format!("service '{name}' already exists");
    Fault::new(409, "ServiceAlreadyExists", message)
}

/// A service or a function still has something that belongs to it. Status and text are seen, the codes are not documented.
pub(crate) fn not_empty(service: &str, function: &str, what: &str) -> Fault {
    match function {
        "" => Fault::new(
            409,
            "ServiceNotEmpty",
            format!("service '{service}' has active '{what}'."),
        ),
        function => Fault::new(
            409,
            "FunctionNotEmpty",
            format!("function '{function}' has active '{what}'."),
        ),
    }
}

/// An alias of this name is there.
pub(crate) fn alias_already_exists(name: &str) -> Fault {
    let message = format!("alias '{name}' already exists");
    Fault::new(409, "AliasAlreadyExists", message)
}

/// A trigger of this name is there.
pub(crate) fn trigger_already_exists(name: &str) -> Fault {
    let message = format!("trigger '{name}' already exists");
    Fault::new(409, "TriggerAlreadyExists", message)
}

/// As many instances run as may.
pub(crate) fn resource_exhausted(message: String) -> Fault {
    Fault::new(429, "ResourceExhausted", message)
}

//! What is not there.

use gateway::Fault;

/// No function of this name.
pub(crate) fn function_not_found(name: &str, service: &str) -> Fault {
    let place = match service {
        "" => String::new(),
        service => format!(" in service '{service}'"),
    };
    let message = format!("function '{name}' does not exist{place}");
    Fault::new(404, "FunctionNotFound", message)
}

/// No service of this name.
pub(crate) fn service_not_found(name: &str) -> Fault {
    let message = format!("service '{name}' does not exist");
    Fault::new(404, "ServiceNotFound", message)
}

/// No version of this number.
pub(crate) fn version_not_found(version: &str, service: &str, function: &str) -> Fault {
    let message = format!(
        "version '{version}' of {} does not exist",
        owner(service, function)
    );
    Fault::new(404, "VersionNotFound", message)
}

/// No alias of this name.
pub(crate) fn alias_not_found(alias: &str, service: &str, function: &str) -> Fault {
    let message = format!(
        "alias '{alias}' of {} does not exist",
        owner(service, function)
    );
    Fault::new(404, "AliasNotFound", message)
}

/// No trigger of this name.
pub(crate) fn trigger_not_found(trigger: &str, function: &str) -> Fault {
    let message = format!("trigger '{trigger}' of function '{function}' does not exist");
    Fault::new(404, "TriggerNotFound", message)
}

fn owner(service: &str, function: &str) -> String {
    match function {
        "" => format!("service '{service}'"),
        function => format!("function '{function}'"),
    }
}

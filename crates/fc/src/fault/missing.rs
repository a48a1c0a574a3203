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

/// Neither a version nor an alias. Versions are numbers.
pub(crate) fn qualifier_not_found(qualifier: &str, function: &str) -> Fault {
    match qualifier.bytes().all(|b| b.is_ascii_digit()) {
        true => Fault::new(
            404,
            "VersionNotFound",
            format!("version '{qualifier}' of function '{function}' does not exist"),
        ),
        false => Fault::new(
            404,
            "AliasNotFound",
            format!("alias '{qualifier}' of function '{function}' does not exist"),
        ),
    }
}

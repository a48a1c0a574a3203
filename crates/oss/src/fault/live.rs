//! Errors about live channels.

use gateway::Fault;

use super::invalid_argument;

/// The channel does not exist.
pub(crate) fn no_such_channel() -> Fault {
    let message = "The specified live channel does not exist.";
    Fault::new(404, "NoSuchLiveChannel", message)
}

fn invalid_name(message: &'static str, ec: &'static str) -> Fault {
    Fault::new(400, "InvalidChannelName", message).ec(ec)
}

/// 64 characters or more.
pub(crate) fn name_too_long() -> Fault {
    let message = "The length of channel name must be less than 64.";
    invalid_name(message, "0017-00000258")
}

/// A `/` in the name.
pub(crate) fn name_with_slash() -> Fault {
    let message = "The channel name can not contain the character '/'.";
    invalid_name(message, "0017-00000260")
}

/// An element of the configuration with a value that it cannot have. Each has its EC, as far as its page is known.
pub(crate) fn bad_element(name: &'static str, value: &str, ec: Option<&'static str>) -> Fault {
    let fault = invalid_argument(format!("The {name} is invalid."), name, value);
    match ec {
        Some(ec) => fault.ec(ec),
        None => fault,
    }
}

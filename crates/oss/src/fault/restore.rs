//! Errors about archived objects (§7.6, §7.7).

use gateway::Fault;

use super::invalid_argument;

/// Reading an archived object that is not restored.
pub(crate) fn invalid_object_state() -> Fault {
    let message = "The operation is not valid for the object's state.";
    Fault::new(403, "InvalidObjectState", message)
}

/// Restoring an object that is not archived.
pub(crate) fn not_archived() -> Fault {
    let message = "The operation is not supported for this resource";
    Fault::new(400, "OperationNotSupported", message).ec("0016-00000702")
}

/// Restoring an object that is being restored.
pub(crate) fn in_progress() -> Fault {
    let message = "The restore operation is in progress.";
    Fault::new(409, "RestoreAlreadyInProgress", message)
}

/// The same, and less urgently than before.
pub(crate) fn less_urgent() -> Fault {
    in_progress().ec("0016-00000715")
}

/// How many days a restored object may be readable depends on its class.
pub(crate) fn bad_days(value: &str, most: i64, ec: &'static str) -> Fault {
    let message = format!("Days must be an integer between 1 and {most}.");
    invalid_argument(message, "Days", value).ec(ec)
}

/// A tier that the object's class does not have.
pub(crate) fn bad_tier(value: &str) -> Fault {
    invalid_argument("The Tier is invalid.", "Tier", value)
}

/// CleanRestoredObject of an object that is being restored.
pub(crate) fn not_finished() -> Fault {
    let message = "The archive file's restore is not finished.";
    Fault::new(409, "ArchiveRestoreNotFinished", message).ec("0016-00000719")
}

/// CleanRestoredObject of an object that is not restored.
pub(crate) fn stale() -> Fault {
    let message = "The archive file or restore info stale";
    Fault::new(409, "ArchiveRestoreFileStale", message).ec("0016-00000718")
}

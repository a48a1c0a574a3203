//! What of the file system a process can use at all, whatever it sees and whoever it is (Landlock, from Linux 5.13 on).
//! Newer kernels hold more of it, such as signals to others and abstract sockets.

use landlock::{
    ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope, path_beneath_rules,
};

use super::order::Fence;

/// The newest that is used.
const NEWEST: ABI = ABI::V6;

/// Holds this process, and all that it starts, to `fence` for good. What is not there is left out.
pub(super) fn enclose(fence: &Fence) -> Result<(), String> {
    match try_to(fence) {
        Ok(RulesetStatus::NotEnforced) => Err("this kernel has no Landlock".into()),
        Ok(_) => Ok(()),
        Err(error) => Err(format!("Landlock: {error}")),
    }
}

fn try_to(fence: &Fence) -> Result<RulesetStatus, RulesetError> {
    let read = AccessFs::from_read(NEWEST);
    let device = read | AccessFs::WriteFile | AccessFs::IoctlDev;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(&fence.readable, read))?
        .add_rules(path_beneath_rules(&fence.devices, device))?
        .add_rules(path_beneath_rules(
            &fence.writable,
            AccessFs::from_all(NEWEST),
        ))?
        .restrict_self()?;
    Ok(status.ruleset)
}

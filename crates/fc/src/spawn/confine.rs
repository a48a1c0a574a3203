//! What a process gives up before it becomes the program of a function, in the order in which it still can.

use std::io;

use rustix::process::{DumpableBehavior, Gid, Uid, set_dumpable_behavior};
use rustix::thread::{
    CapabilitySet, CapabilitySets, UnshareFlags, remove_capability_from_bounding_set,
    set_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
    unshare_unsafe,
};

use super::launcher::{be_root_of, said};
use super::order::Order;
use super::{calls, fence};

/// Gives up capabilities behind walls, and what the order says. Whoever changes its user also loses the signal that it
/// would get when its parent ends.
pub(super) fn confine(order: &Order) -> Result<(), String> {
    if let Some(user) = order.user {
        become_user(user).map_err(said("becoming another user"))?;
        if order.walls.is_some() {
            root_again(user)?;
        }
    }
    if order.walls.is_some() || order.user.is_some() {
        give_up_power().map_err(said("giving up capabilities"))?;
    }
    order.fence.as_ref().map_or(Ok(()), fence::enclose)?;
    if order.filtered {
        calls::refuse()?;
    }
    Ok(())
}

fn become_user(user: u32) -> io::Result<()> {
    let (owner, group) = (Uid::from_raw(user), Gid::from_raw(user));
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    Ok(set_thread_res_uid(owner, owner, owner)?)
}

/// In a namespace of its own it is root, as in the cloud, which is nobody but this user.
#[expect(unsafe_code, reason = "unsharing what threads could share")]
fn root_again(user: u32) -> Result<(), String> {
    // Else the maps would not be ours to write.
    set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(said("the map of users"))?;
    // SAFETY: the table of descriptors stays shared, and there is one thread only.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER) }.map_err(said("a namespace of users"))?;
    be_root_of(user, user)
}

/// Nothing that is started from now on can have a capability.
fn give_up_power() -> io::Result<()> {
    set_no_new_privs(true)?;
    for capability in CapabilitySet::all().iter() {
        // Newer than this kernel.
        if remove_capability_from_bounding_set(capability) == Err(rustix::io::Errno::INVAL) {
            break;
        }
    }
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    Ok(set_capabilities(None, none)?)
}

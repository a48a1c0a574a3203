//! System calls that no handler needs, and that attacks on a kernel or on others begin with. They fail with `EPERM`, as
//! without the right to make them.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter, sock_filter,
};

/// Refused whatever their arguments are.
const NEVER: &[c_long] = &[
    // Mounts and roots.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    // Files by handle, past their folders.
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // Namespaces of others. New ones are refused below.
    libc::SYS_setns,
    // Programs and memory inside the kernel, and what goes past this filter.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Keys, which no namespace divides.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // The machine itself.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
];

/// Flags of `clone` and `unshare` that make namespaces.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Families of sockets that there may be. Netlink is how libraries ask for the addresses of a machine.
const FAMILIES: [i32; 4] = [
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// The obsolete way to whole packets, see packet(7).
const SOCK_PACKET: i32 = 10;

/// Of the second argument of `socket`, what is the type and no flag.
const TYPE: u64 = 0xf;

/// The first number of the calls of x32, which a kernel may answer beside those of `x86_64`.
const X32: u32 = 0x4000_0000;

/// Refuses them to this process and to all that it starts, for good.
pub(super) fn refuse() -> Result<(), String> {
    let said = |error: seccompiler::Error| format!("the filter of system calls: {error}");
    let refused = filter(rules().map_err(said)?, libc::EPERM).map_err(said)?;
    // What a new process is to share is not in registers here; libraries go on to `clone` when there is no `clone3`.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let absent = filter(absent, libc::ENOSYS).map_err(said)?;
    let all = [without_x32(), refused, absent];
    all.iter()
        .try_for_each(|program| apply_filter(program))
        .map_err(said)
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

fn filter(rules: Rules, error: i32) -> Result<BpfProgram, seccompiler::Error> {
    let refusal = SeccompAction::Errno(error.unsigned_abs());
    let here = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refusal, here)?;
    Ok(filter.try_into()?)
}

fn rules() -> Result<Rules, seccompiler::Error> {
    let mut rules: Rules = NEVER.iter().map(|&call| (call, Vec::new())).collect();
    let namespaces = || {
        let flag = |flag: i32| rule(&[(0, Is::With(flag.unsigned_abs().into()))]);
        NAMESPACES.into_iter().map(flag).collect()
    };
    let (unshare, clone): (Result<Vec<_>, _>, Result<Vec<_>, _>) = (namespaces(), namespaces());
    rules.insert(libc::SYS_unshare, unshare?);
    rules.insert(libc::SYS_clone, clone?);
    rules.insert(libc::SYS_socket, sockets()?);
    Ok(rules)
}

fn sockets() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let number = |value: i32| u64::from(value.unsigned_abs());
    let foreign = FAMILIES.map(|family| (0, Is::Not(number(family))));
    let raw = |family, kind| {
        rule(&[
            (0, Is::Equal(number(family))),
            (1, Is::Masked(TYPE, number(kind))),
        ])
    };
    let netlink = [
        (0, Is::Equal(number(libc::AF_NETLINK))),
        (2, Is::Not(number(libc::NETLINK_ROUTE))),
    ];
    Ok(vec![
        rule(&foreign)?,
        raw(libc::AF_INET, libc::SOCK_RAW)?,
        raw(libc::AF_INET6, libc::SOCK_RAW)?,
        raw(libc::AF_INET, SOCK_PACKET)?,
        rule(&netlink)?,
    ])
}

/// What an argument is.
#[derive(Clone, Copy)]
enum Is {
    Equal(u64),
    Not(u64),
    /// Has this flag.
    With(u64),
    /// Is this under a mask.
    Masked(u64, u64),
}

/// All of these, each of the argument with that number.
fn rule(conditions: &[(u8, Is)]) -> Result<SeccompRule, seccompiler::Error> {
    let condition = |&(argument, is): &(u8, Is)| {
        let (operator, value) = match is {
            Is::Equal(value) => (SeccompCmpOp::Eq, value),
            Is::Not(value) => (SeccompCmpOp::Ne, value),
            Is::With(flag) => (SeccompCmpOp::MaskedEq(flag), flag),
            Is::Masked(mask, value) => (SeccompCmpOp::MaskedEq(mask), value),
        };
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
    };
    let conditions = conditions.iter().map(condition).collect::<Result<_, _>>()?;
    Ok(SeccompRule::new(conditions)?)
}

/// Load the number of the call; from [`X32`] on there is no such call; else go on.
fn without_x32() -> BpfProgram {
    let [load, at_least, leave] = [
        libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
        libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K,
        libc::BPF_RET | libc::BPF_K,
    ];
    let step = |code: u32, jt, jf, k| sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    vec![
        step(load, 0, 0, 0),
        step(at_least, 0, 1, X32),
        step(
            leave,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs(),
        ),
        step(leave, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

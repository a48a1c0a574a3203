//! What runs between the host and a handler: a fresh process with one thread, where ordinary code can do what would
//! not be allowed between fork and exec of a program with many.
//!
//! Without walls the launcher becomes the handler. With walls there are three processes: the launcher, which the host
//! sees and waits for; the first process of the new namespaces, with whose end the kernel kills all others in them; and
//! the handler. Death passes down this chain by signals of the kernel, and up by exits.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::net::{RecvFlags, recv};
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getegid, geteuid, getppid, getrlimit,
    set_parent_process_death_signal, setrlimit, setsid, wait,
};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::confine::confine;
use super::order::{Order, Preparation};
use super::{descriptors, mounts, network};

/// The first argument of a program that is to be a launcher.
pub(super) const LAUNCH: &str = "__fc_launch";
/// The first argument of the first process behind walls.
const INIT: &str = "__fc_init";
/// The variable that tells a new process which descriptor is its control channel.
const CONTROL_VARIABLE: &str = "LOCALYUN_CONTROL";
/// What a trial prints when everything worked.
pub(crate) const TRIAL_PASSED: &str = "the walls stand";

/// The most descriptors of a process (`spec/fc.md` §1.9).
const DESCRIPTORS: u64 = 100_000;

/// Makes this process a launcher when it was started as one, and does not return then. A program that runs functions
/// calls it first of all, before it starts a thread.
pub fn launch_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let stage = arguments.next()?;
    let mut number = || arguments.next()?.to_str()?.parse().ok();
    let ended = match stage.to_str()? {
        LAUNCH => launch(number),
        INIT => init(number(), number()),
        _ => return None,
    };
    let code = ended.unwrap_or_else(|problem| {
        eprintln!("localyun: {problem}");
        125
    });
    Some(ExitCode::from(code))
}

/// A sentence for an error.
pub(super) fn said<E: Into<io::Error>>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {}", error.into())
}

fn launch(mut parent: impl FnMut() -> Option<i32>) -> Result<u8, String> {
    let parent = parent().ok_or("the number of the parent process is missing")?;
    let control = fcntl_dupfd_cloexec(io::stdin(), 3).map_err(said("the control channel"))?;
    let mut control = UnixStream::from(control);
    setsid().map_err(said("a session"))?;
    let preparation: Preparation = receive(&mut control).map_err(said("what to prepare"))?;
    for group in &preparation.groups {
        fs::write(group, "0").map_err(said("joining a control group"))?;
    }
    let order: Order = receive(&mut control).map_err(said("the order"))?;
    let network = order
        .walls
        .as_ref()
        .and_then(|walls| walls.network.as_ref());
    let network = network.map(|_| descriptors::receive(&control));
    let network = network.transpose().map_err(said("the network's channel"))?;
    let nothing = File::open("/dev/null").map_err(said("/dev/null"))?;
    rustix::stdio::dup2_stdin(nothing).map_err(said("/dev/null"))?;
    close_later().map_err(said("open descriptors"))?;
    limit(&order).map_err(said("limits"))?;
    if order.walls.is_some() {
        leave_namespaces(network.is_some(), order.user.is_some())?;
        die_with(Some(parent))?;
        return stay_outside(&order, control, network);
    }
    confine(&order)?;
    die_with(Some(parent))?;
    if order.is_trial() {
        println!("{TRIAL_PASSED}");
        return Ok(0);
    }
    let mut command = command(&order, control.as_raw_fd());
    if !order.stranger {
        fcntl_setfd(&control, FdFlags::empty()).map_err(said("the control channel"))?;
    }
    Err(said("the program cannot be started")(command.exec()))
}

/// `u32 length`, big endian, then JSON.
fn receive<T: DeserializeOwned>(from: &mut UnixStream) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut text = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

pub(super) fn send(to: &mut UnixStream, told: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_vec(told)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&text)
}

/// The kernel kills us when our parent ends, even if that was before we asked for it.
fn die_with(parent: Option<i32>) -> Result<(), String> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(said("the death signal"))?;
    if parent.is_some() && Pid::as_raw(getppid()) != parent.unwrap_or(0) {
        return Err("the program that started this has ended".into());
    }
    Ok(())
}

/// Whatever slipped through to us is closed by the next exec.
#[expect(unsafe_code, reason = "descriptors of unknown owners")]
fn close_later() -> io::Result<()> {
    for entry in fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let Some(number) = name.to_str().and_then(|name| name.parse::<RawFd>().ok()) else {
            continue;
        };
        if number > 2 {
            // SAFETY: used for this call only; the one of the listing itself is open until the loop ends.
            let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
            fcntl_setfd(descriptor, FdFlags::CLOEXEC)?;
        }
    }
    Ok(())
}

fn limit(order: &Order) -> io::Result<()> {
    // A crash must not leave its memory in the code directory.
    at_most(Resource::Core, 0)?;
    at_most(Resource::Nofile, DESCRIPTORS)?;
    order
        .data_limit
        .map_or(Ok(()), |bytes| at_most(Resource::Data, bytes))
}

fn at_most(resource: Resource, most: u64) -> io::Result<()> {
    let limit = getrlimit(resource).maximum.unwrap_or(u64::MAX).min(most);
    let both = Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    Ok(setrlimit(resource, both)?)
}

fn command(order: &Order, control: RawFd) -> Command {
    let mut command = Command::new(&order.program);
    command
        .args(&order.arguments)
        .env_clear()
        .envs(order.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&order.directory);
    if !order.stranger {
        command.env(CONTROL_VARIABLE, control.to_string());
    }
    command
}

/// New namespaces for this process and, as for process numbers, for those that it starts. In them we are root, which
/// is nobody but the user that we were. Where the instance is to be `another` user we are root already, and leave the
/// namespace of users only [once we are it](confine).
#[expect(unsafe_code, reason = "unsharing what threads could share")]
fn leave_namespaces(network: bool, another: bool) -> Result<(), String> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let mut flags =
        UnshareFlags::NEWNS | UnshareFlags::NEWPID | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    flags.set(UnshareFlags::NEWNET, network);
    flags.set(UnshareFlags::NEWUSER, !another);
    // SAFETY: the table of descriptors stays shared, and there is one thread only.
    unsafe { unshare_unsafe(flags) }.map_err(said("new namespaces"))?;
    match another {
        true => Ok(()),
        false => be_root_of(user, group),
    }
}

/// Makes this process root in a new namespace of users, as the user and of the group that it is outside.
pub(super) fn be_root_of(user: u32, group: u32) -> Result<(), String> {
    fs::write("/proc/self/setgroups", "deny").map_err(said("setgroups"))?;
    fs::write("/proc/self/uid_map", format!("0 {user} 1")).map_err(said("the map of users"))?;
    fs::write("/proc/self/gid_map", format!("0 {group} 1")).map_err(said("the map of groups"))
}

/// Starts the first process of the namespaces and waits for its end.
fn stay_outside(
    order: &Order,
    control: UnixStream,
    network: Option<OwnedFd>,
) -> Result<u8, String> {
    let (mut ours, theirs) = UnixStream::pair().map_err(said("a channel"))?;
    let mut first = Command::new("/proc/self/exe");
    first.arg(INIT);
    for channel in std::iter::once(control.as_fd()).chain(network.as_ref().map(AsFd::as_fd)) {
        fcntl_setfd(channel, FdFlags::empty()).map_err(said("a channel"))?;
        first.arg(channel.as_raw_fd().to_string());
    }
    let mut first = first
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .map_err(said("the first process behind walls"))?;
    drop((control, network));
    // Only once it dies with us is it told what to do: if we die before, it learns that here.
    ours.read_exact(&mut [0])
        .map_err(said("the first process behind walls"))?;
    send(&mut ours, order).map_err(said("the order"))?;
    let status = first.wait().map_err(said("waiting"))?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(137))
}

/// The first process of the namespaces: makes the walls, starts the handler, and collects what dies until it does.
fn init(control: Option<RawFd>, network: Option<RawFd>) -> Result<u8, String> {
    let control = control.ok_or("the number of the control channel is missing")?;
    let control = take_over(control);
    let network = network.map(|number| UnixStream::from(take_over(number)));
    die_with(None)?;
    let orders = fcntl_dupfd_cloexec(io::stdin(), 3).map_err(said("the order"))?;
    let mut orders = UnixStream::from(orders);
    orders.write_all(&[0]).map_err(said("the order"))?;
    let order: Order = receive(&mut orders).map_err(said("the order"))?;
    setsid().map_err(said("a session"))?;
    let walls = order.walls.as_ref().ok_or("there are no walls")?;
    if let (Some(wanted), Some(host)) = (&walls.network, &network) {
        fcntl_setfd(host, FdFlags::CLOEXEC).map_err(said("the network's channel"))?;
        network::open(wanted, host).map_err(said("a network of its own"))?;
    }
    mounts::build(walls)?;
    rustix::system::sethostname(walls.host_name.as_bytes()).map_err(said("the name"))?;
    let nothing = File::open("/dev/null").map_err(said("/dev/null"))?;
    rustix::stdio::dup2_stdin(nothing).map_err(said("/dev/null"))?;
    // Here, because outside of the namespace the kernel would count all processes of the user.
    let processes = order.process_limit;
    let limited = processes.map_or(Ok(()), |most| at_most(Resource::Nproc, most));
    limited.map_err(said("limits"))?;
    confine(&order)?;
    die_with(None)?;
    if is_closed(&orders) {
        return Err("the program that started this has ended".into());
    }
    drop(orders);
    if order.is_trial() {
        println!("{TRIAL_PASSED}");
        return Ok(0);
    }
    if order.stranger {
        fcntl_setfd(&control, FdFlags::CLOEXEC).map_err(said("the control channel"))?;
    }
    let handler = command(&order, control.as_raw_fd())
        .process_group(0)
        .spawn();
    let handler = handler.map_err(said("the program cannot be started"))?;
    // It belongs to the handler alone: the host has to notice when it is closed.
    drop(control);
    if let Some(host) = network {
        network::make_sockets(host).map_err(said("a network of its own"))?;
    }
    collect(Pid::from_child(&handler)).map_err(said("waiting"))
}

/// Whether there is nobody at the other end any more.
fn is_closed(channel: &UnixStream) -> bool {
    let look = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    matches!(recv(channel, &mut [0][..], look), Ok((_, 0)))
}

/// A channel that we inherited.
#[expect(unsafe_code, reason = "the descriptor came by number")]
fn take_over(channel: RawFd) -> OwnedFd {
    // SAFETY: our parent left it open for us under this number, and nothing else in this process knows of it.
    unsafe { OwnedFd::from_raw_fd(channel) }
}

fn collect(handler: Pid) -> io::Result<u8> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == handler => {
                let code = status.exit_status();
                return Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(137));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

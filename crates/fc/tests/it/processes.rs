//! What an instance is as a process, and that nothing of it stays (`spec/fc.md` §6.2, §6.3).

use std::future::Future;
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncBufReadExt;

use crate::bench::{Bench, python, text, variable};
use fc::Runtime;

/// Live processes of a group; zombies are dead.
pub(crate) fn alive(group: i64) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok())
        .filter(|stat| {
            let fields: Vec<_> = stat
                .rsplit_once(')')
                .unwrap()
                .1
                .split_whitespace()
                .collect();
            fields[0] != "Z" && fields[0] != "X" && fields[2] == group.to_string()
        })
        .count()
}

/// Signals are delivered in the kernel's own time; a dead group is dead soon.
pub(crate) async fn dies(group: i64) {
    eventually("the group is gone", || async { alive(group) == 0 }).await;
}

pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let wait = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(60), wait)
            .await
            .is_ok(),
        "waited too long until {what}"
    );
}

fn number(text: &str) -> i64 {
    text.lines()
        .find_map(|line| line.strip_prefix("group "))
        .unwrap()
        .parse()
        .unwrap()
}

/// Prints the group, and starts a child in it that ignores what it can.
const STUBBORN: &str = "\
import os, signal, subprocess, sys, time
print('group', os.getpid(), flush=True)
subprocess.Popen([sys.executable, '-c', '''
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(1, flush=True)
time.sleep(600)
'''], stdout=subprocess.PIPE).stdout.read(1)
";

#[tokio::test]
async fn an_instance_leads_its_session_and_group() {
    let source = "import os\ndef handler(event, context):\n    return len({os.getpid(), os.getpgrp(), os.getsid(0)})\n";
    assert_eq!(Bench::bare(source).answer().await, "1");
}

#[tokio::test]
async fn a_handler_has_no_descriptor_of_the_host() {
    let ours = tempfile::tempfile().unwrap();
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::empty()).unwrap();
    let source = "\
import os
def handler(event, context):
    kinds = {}
    for name in os.listdir('/proc/self/fd'):
        try:
            kinds[name] = os.readlink('/proc/self/fd/' + name).split(':')[0]
        except OSError:
            pass
    return sorted(kinds.values())
";
    assert_eq!(
        Bench::bare(source).json().await,
        json!(["/dev/null", "pipe", "pipe", "socket"])
    );
}

#[tokio::test]
async fn the_children_of_a_handler_do_not_get_the_control_channel() {
    let source = "import os\ndef handler(event, context):\n    return os.popen('ls -l /proc/self/fd').read()\n";
    assert!(!Bench::bare(source).answer().await.contains("socket:"));
}

#[tokio::test]
async fn a_timeout_leaves_no_process_of_the_group() {
    let source = format!("{STUBBORN}def handler(event, context):\n    time.sleep(600)\n");
    let outcome = Bench::bare(&source)
        .timeout(Duration::from_secs(2))
        .run()
        .await;
    assert!(text(&outcome.body).contains("timed out"));
    dies(number(&text(&outcome.log))).await;
}

#[tokio::test]
async fn a_handler_that_ignores_the_signal_is_killed() {
    let source = format!(
        "{STUBBORN}signal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef handler(event, context):\n    time.sleep(600)\n"
    );
    let outcome = Bench::bare(&source)
        .timeout(Duration::from_secs(2))
        .run()
        .await;
    assert!(
        outcome.duration >= Duration::from_secs(3),
        "{:?}",
        outcome.duration
    );
    dies(number(&text(&outcome.log))).await;
}

#[tokio::test]
async fn a_crash_leaves_no_process_of_the_group() {
    let source = format!("{STUBBORN}def handler(event, context):\n    os._exit(1)\n");
    let outcome = Bench::bare(&source).run().await;
    dies(number(&text(&outcome.log))).await;
}

#[tokio::test]
async fn the_end_of_an_instance_leaves_no_process_of_the_group() {
    let source = format!("{STUBBORN}def handler(event, context):\n    return 'done'\n");
    let bench = Bench::bare(&source);
    let mut instance = bench.start().await;
    let group = number(&text(&instance.invoke(bench.invocation.clone()).await.log));
    assert_eq!(alive(group), 2);
    drop(instance);
    dies(group).await;
}

#[tokio::test]
async fn an_invocation_that_is_dropped_leaves_no_process_of_the_group() {
    let place = tempfile::tempdir().unwrap();
    let source = format!(
        "{STUBBORN}os.chdir({:?})\nopen('group', 'w').write('group %d\\n' % os.getpid())\nos.rename('group', 'ready')\n\
         time.sleep(600)\n",
        place.path()
    );
    let bench = Bench::bare(&source);
    let mut instance = bench.start().await;
    let ready = place.path().join("ready");
    tokio::select! {
        _ = instance.invoke(bench.invocation.clone()) => panic!("the handler sleeps"),
        () = eventually("the handler runs", || async { ready.exists() }) => {}
    }
    let group = number(&std::fs::read_to_string(ready).unwrap());
    assert!(
        !instance.is_alive(),
        "half a conversation cannot be continued"
    );
    drop(instance);
    dies(group).await;
}

/// A process that has its own session is out of the group's reach, but not out of the control group's, where there is
/// one.
#[tokio::test]
async fn a_grandchild_with_its_own_session_does_not_hold_us_up() {
    let source = "\
import subprocess
def handler(event, context):
    return subprocess.Popen(['sleep', '600'], start_new_session=True).pid
";
    end_stray(Bench::bare(source).answer().await.parse().unwrap()).await;
}

async fn end_stray(stray: i64) {
    let report = crate::bench::isolation(fc::SandboxLevel::None)
        .await
        .report()
        .await
        .unwrap();
    if report.memory == fc::MemoryLimit::Polling {
        assert_eq!(alive(stray), 1);
        let stray = rustix::process::Pid::from_raw(i32::try_from(stray).unwrap()).unwrap();
        rustix::process::kill_process_group(stray, rustix::process::Signal::KILL).unwrap();
    } else {
        dies(stray).await;
    }
}

#[tokio::test]
async fn a_stray_that_holds_the_pipe_does_not_delay_the_end() {
    let source = "\
import os, subprocess
def handler(event, context):
    child = subprocess.Popen(['sleep', '600'], start_new_session=True)
    print('group', child.pid, flush=True)
    os._exit(0)
";
    let outcome = Bench::bare(source).run().await;
    end_stray(number(&text(&outcome.log))).await;
}

#[test]
fn a_process_lives_on_when_the_thread_that_asked_for_it_ends() {
    let bench = Bench::returning("'still here'");
    let reactor = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let ask = || {
        reactor.block_on(async {
            let python = python(fc::SandboxLevel::None).await;
            let instance = python.start(&bench.function, &bench.launch).await.unwrap();
            (python, instance)
        })
    };
    let (_python, mut instance) = std::thread::scope(|scope| scope.spawn(ask).join().unwrap());
    let outcome = reactor.block_on(instance.invoke(bench.invocation.clone()));
    assert_eq!(outcome.body, "still here");
}

#[tokio::test]
async fn bytes_that_are_not_ours_end_the_instance() {
    let forgeries = [
        "b'\\xff' * 64",
        "frame({'kind': 'ready'})",
        "frame({'kind': 'result', 'id': 'another', 'form': 'raw'})",
        "frame({'kind': 'surprise'})",
        "frame(['not an object'])",
    ];
    for forgery in forgeries {
        let source = format!(
            "\
import json, os, time
def frame(header):
    header = json.dumps(header).encode()
    return len(header).to_bytes(4, 'big') + b'\\0\\0\\0\\0' + header
def handler(event, context):
    control = [fd for fd in map(int, os.listdir('/proc/self/fd')) if fd > 2 and is_socket(fd)][0]
    os.write(control, {forgery})
    time.sleep(600)
def is_socket(fd):
    try:
        return os.readlink('/proc/self/fd/%d' % fd).startswith('socket:')
    except OSError:
        return False
"
        );
        let failure = Bench::bare(&source).failure().await;
        let message = failure["errorMessage"].as_str().unwrap();
        assert!(
            message.starts_with("Process exited unexpectedly"),
            "{forgery}: {message}"
        );
    }
}

#[tokio::test]
async fn memory_is_measured() {
    let small = Bench::returning("1").run().await.max_memory;
    let large = Bench::returning("len(bytearray(64 << 20))")
        .run()
        .await
        .max_memory;
    assert!(small > 4 << 20, "{small}");
    assert!(large > small + (60 << 20), "{large} after {small}");
}

/// Not a test by itself: the program that [`a_killed_host_takes_the_handler_along`] starts and kills.
#[tokio::test]
async fn a_host_that_waits_to_be_killed() {
    if variable("LOCALYUN_TEST_WAIT").is_none() {
        return;
    }
    let bench = Bench::bare("import os\ndef handler(event, context):\n    return os.getpid()\n");
    let mut instance = bench.start().await;
    println!(
        "group {}",
        text(&instance.invoke(bench.invocation.clone()).await.body)
    );
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_host_takes_the_handler_along() {
    // A killed program cannot tidy up, so it leaves its directories in one of ours.
    let place = tempfile::tempdir().unwrap();
    let mut host = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "processes::a_host_that_waits_to_be_killed",
            "--nocapture",
        ])
        .env("LOCALYUN_TEST_WAIT", "1")
        .env("TMPDIR", place.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(host.stdout.take().unwrap()).lines();
    let group = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some((_, group)) = line.split_once("group ") {
            break group.parse().unwrap();
        }
    };
    assert_eq!(alive(group), 1);
    host.kill().await.unwrap();
    dies(group).await;
}

//! What level `strict` adds (`spec/fc.md` §6.5), on machines that allow it.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fc::{Interpreter, Isolation, Launcher, PythonRuntime, Runtime, RuntimeName, SandboxLevel};
use serde_json::{Value, json};

use crate::bench::{Bench, isolation, text};

/// Whether this machine allows all of it. What does not is said.
async fn is_strict() -> bool {
    let report = isolation(SandboxLevel::Strict)
        .await
        .report()
        .await
        .unwrap();
    assert_eq!(
        report.level != SandboxLevel::Strict,
        report.reason.is_some()
    );
    report.level == SandboxLevel::Strict
}

fn strict(source: &str) -> Bench {
    Bench::new(source).level(SandboxLevel::Strict)
}

/// The lines become the body of a function that is tried: what it returns, or the name of its error.
fn attempts(all: &[(&str, &str)]) -> String {
    let mut source = "\
import ctypes, errno, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return errno.errorcode[ctypes.get_errno()] if result == -1 else result
def attempt(action):
    try:
        return action()
    except OSError as error:
        return errno.errorcode[error.errno]
def handler(event, context):
    event = event.decode()
    return {
"
    .to_owned();
    for (name, expression) in all {
        source += &format!("        '{name}': attempt(lambda: {expression}),\n");
    }
    source + "    }\n"
}

#[tokio::test]
async fn system_calls_that_no_handler_needs_are_refused() {
    if !is_strict().await {
        return;
    }
    let source = attempts(&[
        ("mount", "call(165, b'none', b'/tmp', b'tmpfs', 0, None)"),
        ("new mount", "call(430, b'tmpfs', 0)"),
        ("unshare", "call(272, 0x20000)"),
        ("namespace of users", "call(272, 0x10000000)"),
        ("clone", "call(56, 0x10000011, None, None, None, None)"),
        ("clone3", "call(435, None, 0)"),
        ("ptrace", "call(101, 0, 0, 0, 0)"),
        (
            "memory of another",
            "call(310, os.getppid(), None, 0, None, 0, 0)",
        ),
        ("bpf", "call(321, 0, None, 0)"),
        ("keyctl", "call(250, 0, -3, 0, 0, 0)"),
        ("io_uring", "call(425, 1, None)"),
        ("module", "call(175, None, 0, b'')"),
        ("x32", "call(0x40000000 + 39)"),
        (
            "raw socket",
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        ),
        (
            "packets",
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        ),
        ("vsock", "socket.socket(40, socket.SOCK_STREAM)"),
        (
            "threads and children",
            "subprocess.check_output(['echo', 'x']).decode()",
        ),
        (
            "thread",
            "__import__('concurrent.futures').futures.ThreadPoolExecutor().submit(len, 'abc').result()",
        ),
        (
            "shared memory",
            "__import__('multiprocessing').Pool(2).map(abs, [-1, 2])",
        ),
    ]);
    let answer = strict(&source).json().await;
    if cfg!(not(target_arch = "x86_64")) {
        // The numbers are of another machine.
        return;
    }
    let expected = json!({
        "mount": "EPERM", "new mount": "EPERM", "unshare": "EPERM", "namespace of users": "EPERM", "clone": "EPERM",
        "clone3": "ENOSYS", "ptrace": "EPERM", "memory of another": "EPERM", "bpf": "EPERM", "keyctl": "EPERM",
        "io_uring": "EPERM", "module": "EPERM", "x32": "ENOSYS", "raw socket": "EPERM", "packets": "EPERM",
        "vsock": "EPERM", "threads and children": "x\n", "thread": 3, "shared memory": [1, 2],
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn paths_are_those_of_the_cloud_and_nothing_else_is_written() {
    if !is_strict().await {
        return;
    }
    let source = attempts(&[
        ("who", "[os.getuid(), os.getgid(), os.getgroups()]"),
        ("code", "[os.getcwd(), os.environ['TMPDIR'], __file__]"),
        (
            "writes",
            "[open(p + '/x', 'w').write('x') for p in ('/code', '/tmp', '/opt', '/dev/shm')]",
        ),
        ("moves", "os.rename('/tmp/x', '/tmp/y')"),
        ("null", "open('/dev/null', 'w').write('x')"),
        ("runtime", "open('/var/fc/runtime/x', 'w')"),
        ("usr", "open('/usr/x', 'w')"),
        ("name", "open('/proc/self/comm', 'w')"),
        (
            "capabilities",
            "[l.split()[1] for l in open('/proc/self/status') if l.startswith(('CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp:'))]",
        ),
    ]);
    let bench = strict(&source);
    let expected = json!({
        "who": [0, 0, []], "code": ["/code", "/tmp", "/code/index.py"], "writes": [1, 1, 1, 1], "moves": null, "null": 1,
        "runtime": "EROFS", "usr": "EROFS", "name": "EACCES",
        "capabilities": ["0000000000000000", "0000000000000000", "1", "2"],
    });
    let mut answer = bench.json().await;
    // Who is in no other group has none; who may not leave them is in groups that mean nobody here.
    let groups = answer["who"][2].take();
    assert!(groups.as_array().unwrap().iter().all(|id| id == 65534));
    answer["who"][2] = json!([]);
    assert_eq!(answer, expected);
    assert_eq!(std::fs::read_dir(bench.folder()).unwrap().count(), 1);
}

#[tokio::test]
async fn nothing_is_in_the_network_but_the_emulator() {
    if !is_strict().await {
        return;
    }
    let emulator = crate::network::emulator().await;
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, there) = (own.local_addr().unwrap().port(), emulator.port());
    let source = format!(
        "\
import http.client, socket, subprocess, sys, urllib.request
CHILD = '''
import http.client, socket
for address in ('127.0.0.1', {port}), ('192.0.2.1', 80):
    try:
        socket.create_connection(address, 10)
    except OSError as error:
        print(error.strerror)
for port in 80, {there}:
    connection = http.client.HTTPConnection('bucket.oss-cn-shenzhen.aliyuncs.com', port, timeout=10)
    connection.request('GET', '/key')
    print(connection.getresponse().status)
'''
def handler(event, context):
    inside = urllib.request.urlopen('http://bucket.oss-cn-shenzhen.aliyuncs.com/key', timeout=30).read().decode()
    child = subprocess.check_output([sys.executable, '-c', CHILD], env={{}}).decode().splitlines()
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        server.listen()
        socket.create_connection(server.getsockname()).close()
    return [inside, child, [name for _, name in socket.if_nameindex()]]
"
    );
    let answer = strict(&source).emulator(emulator).json().await;
    let expected = json!([
        "GET /key HTTP/1.1 | Host: bucket.oss-cn-shenzhen.aliyuncs.com",
        ["Connection refused", "Network is unreachable", "200", "200"],
        ["lo"],
    ]);
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn instances_are_users_of_their_own_where_that_can_be() {
    let report = isolation(SandboxLevel::Strict)
        .await
        .report()
        .await
        .unwrap();
    if !report.own_user {
        return;
    }
    let source = "\
import subprocess
def handler(event, context):
    subprocess.Popen(['sleep', '600'])
";
    let mut users = Vec::new();
    let mut running = Vec::new();
    for number in 0..2 {
        let mark = format!("own-user-{number}-{}", std::process::id());
        let mut bench = strict(source);
        let environment = &mut bench.function.environment;
        environment.insert("MARK".into(), mark.clone());
        let mut instance = bench.start().await;
        instance.invoke(bench.invocation.clone()).await;
        let both = || async { users_of(&mark).len() == 2 };
        crate::processes::eventually("both run", both).await;
        users.push(users_of(&mark));
        running.push(instance);
    }
    assert_eq!(users[0][0], users[0][1]);
    // Each runtime of these tests counts for itself, as two programs would.
    assert!(
        users
            .iter()
            .flatten()
            .all(|&user| (65_000..65_500).contains(&user))
    );
}

fn users_of(mark: &str) -> Vec<u32> {
    use std::os::unix::fs::MetadataExt;
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let of = |process: std::fs::DirEntry| {
        let environment = std::fs::read(process.path().join("environ")).ok()?;
        text(&environment).contains(mark).then_some(())?;
        Some(process.metadata().ok()?.uid())
    };
    processes.filter_map(of).collect()
}

/// A launcher on a machine that lets nobody make namespaces, such as most containers.
const NARROW: &str = r#"#!/usr/bin/python3
import ctypes, os, platform, struct, sys
unshare = {'x86_64': 272, 'aarch64': 97}[platform.machine()]
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b''.join(struct.pack('HBBI', *step) for step in steps))
program = struct.pack('HxxxxxxP', len(steps), ctypes.addressof(code))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program) == 0
os.execv('LAUNCHER', ['LAUNCHER'] + sys.argv[1:])
"#;

#[tokio::test]
async fn without_namespaces_the_rest_is_active_and_what_is_missing_is_said() {
    let system = Path::new("/usr/bin/python3");
    let machine = crate::bench::machine();
    let found = Interpreter::find(RuntimeName::Python310, Some(system), &machine);
    // One that every user can run.
    let Ok(interpreter) = found.await else { return };
    let folder = tempfile::tempdir().unwrap();
    let launcher = folder.path().join("launcher");
    let script = NARROW.replace("LAUNCHER", env!("CARGO_BIN_EXE_fc-launcher"));
    std::fs::write(&launcher, script).unwrap();
    std::fs::set_permissions(&launcher, Permissions::from_mode(0o755)).unwrap();
    let isolation = Isolation::new(Launcher::at(launcher), SandboxLevel::Strict);
    let report = isolation.report().await.unwrap();
    let reason = report.reason.clone().unwrap();
    assert_eq!(report.level, SandboxLevel::None);
    assert!(
        reason.contains("new namespaces: Operation not permitted"),
        "{reason}"
    );
    assert!(!report.own_network);
    if !(report.file_rules && report.call_filter) {
        assert!(
            reason.contains("Landlock") || reason.contains("filter"),
            "{reason}"
        );
        return;
    }
    let outside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::set_permissions(outside.path(), Permissions::from_mode(0o755)).unwrap();
    let python = PythonRuntime::new(interpreter, isolation.into()).unwrap();
    let source = attempts(&[
        ("outside", "os.listdir(event)"),
        ("shadow", "open('/etc/shadow')"),
        ("ptrace", "libc.ptrace(0, 0, 0, 0)"),
        ("code", "open('written', 'w').write('x')"),
        ("own", "open(os.environ['TMPDIR'] + '/x', 'w').write('x')"),
        (
            "child",
            "subprocess.check_output(['cat', 'written']).decode()",
        ),
        ("who", "os.getuid()"),
    ]);
    let event = outside.path().to_str().unwrap().to_owned();
    let bench = strict(&source).event(event);
    let mut instance = python.start(&bench.function, &bench.launch).await.unwrap();
    let outcome = instance.invoke(bench.invocation.clone()).await;
    let mut answer: Value = serde_json::from_slice(&outcome.body).unwrap();
    let who = answer["who"].take().as_u64().unwrap();
    assert_eq!((65_000..65_500).contains(&who), report.own_user);
    let expected = json!({
        "outside": "EACCES", "shadow": "EACCES", "ptrace": -1, "code": 1, "own": 1, "child": "x", "who": null,
    });
    assert_eq!(answer, expected);
}

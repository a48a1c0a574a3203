//! What an instance sees behind its walls, and what it cannot do (`spec/fc.md` §6.5).

use fc::{PoolLimits, SandboxLevel};
use serde_json::json;

use crate::bench::{Bench, isolation, text};

/// Machines that allow no namespaces, such as default Docker, have nothing to show here but that they say so.
async fn walls_stand() -> bool {
    let report = isolation(SandboxLevel::Auto).await.report().await.unwrap();
    assert_eq!(report.level == SandboxLevel::None, report.reason.is_some());
    report.level == SandboxLevel::Auto
}

#[tokio::test]
async fn without_walls_it_says_so() {
    let report = isolation(SandboxLevel::None).await.report().await.unwrap();
    assert!(!report.own_network);
    assert_eq!((report.level, report.reason), (SandboxLevel::None, None));
}

#[test]
fn unknown_levels_are_refused() {
    assert_eq!("auto".parse(), Ok(SandboxLevel::Auto));
    assert_eq!("strict".parse(), Ok(SandboxLevel::Strict));
    assert!("".parse::<SandboxLevel>().is_err());
}

#[tokio::test]
async fn paths_are_those_of_the_cloud() {
    if !walls_stand().await {
        return;
    }
    let source = "\
import os
def handler(event, context):
    return [os.environ[name] for name in ('HOME', 'TMPDIR', 'FC_FUNC_CODE_PATH')] + [
        os.getcwd(), __file__, os.path.isdir('/opt')]
";
    let expected = json!(["/tmp", "/tmp", "/code", "/code", "/code/index.py", true]);
    assert_eq!(Bench::new(source).json().await, expected);
}

#[tokio::test]
async fn the_host_is_hidden_and_the_system_read_only() {
    if !walls_stand().await {
        return;
    }
    let secret = tempfile::tempdir().unwrap();
    std::fs::write(secret.path().join("secret"), "s3cret").unwrap();
    let source = "\
import os
def attempt(action):
    try:
        return action()
    except OSError as error:
        return type(error).__name__
def write(path):
    with open(path, 'w') as file:
        file.write('x')
    os.remove(path)
    return 'written'
def handler(event, context):
    return {
        'secret': attempt(lambda: open(event.decode()).read()),
        'etc': attempt(lambda: open('/etc/shadow').read()),
        'keys': attempt(lambda: os.listdir('/etc/ssl/private')),
        'names': 'root' in attempt(lambda: open('/etc/passwd').read()),
        'home': attempt(lambda: os.listdir('/home')),
        'sys': attempt(lambda: os.listdir('/sys')),
        'usr': attempt(lambda: write('/usr/here')),
        'root': attempt(lambda: write('/here')),
        'proc': attempt(lambda: write('/proc/sys/kernel/hostname')),
        'bootstrap': attempt(lambda: write('/var/fc/runtime/bootstrap.py')),
        'code': attempt(lambda: write('/code/here')),
        'tmp': attempt(lambda: write('/tmp/here')),
        'opt': attempt(lambda: write('/opt/here')),
        'processes': sum(name.isdigit() for name in os.listdir('/proc')),
        'mount': attempt(lambda: os.system('mount -o remount,rw /usr 2>/dev/null') and 'refused'),
        'capabilities': [line for line in open('/proc/self/status') if line.startswith('Cap')][2].split()[1],
    }
";
    let event = secret.path().join("secret").to_str().unwrap().to_owned();
    let bench = Bench::new(source).event(event);
    let expected = json!({
        "secret": "FileNotFoundError", "etc": "FileNotFoundError", "home": "FileNotFoundError", "keys": "FileNotFoundError", "names": true,
        "sys": "FileNotFoundError", "usr": "OSError", "root": "OSError", "proc": "OSError", "bootstrap": "OSError",
        "code": "written", "tmp": "written", "opt": "written", "processes": 2, "mount": "refused",
        "capabilities": "0000000000000000",
    });
    assert_eq!(bench.json().await, expected);
    assert_eq!(std::fs::read_dir(bench.folder()).unwrap().count(), 1);
}

/// At either level.
#[tokio::test]
async fn what_a_handler_writes_among_its_code_is_its_own() {
    let source = "\
def handler(event, context):
    with open('index.py', 'a') as file:
        file.write('# changed')
    return open('index.py').read()
";
    for bench in [Bench::new(source), Bench::bare(source)] {
        for _ in 0..2 {
            assert_eq!(bench.answer().await, format!("{source}# changed"));
        }
        let kept = std::fs::read_to_string(bench.folder().join("index.py")).unwrap();
        assert_eq!(kept, source);
    }
}

/// A child with its own session cannot outlive its namespace.
#[tokio::test]
async fn nothing_survives_its_walls() {
    if !walls_stand().await {
        return;
    }
    let mark = format!("survivor-{}", std::process::id());
    let source = "\
import subprocess
def handler(event, context):
    subprocess.Popen(['sleep', '600'], start_new_session=True)
";
    let mut bench = Bench::new(source);
    let environment = &mut bench.function.environment;
    environment.insert("MARK".into(), mark.clone());
    let mut instance = bench.start().await;
    assert!(
        instance
            .invoke(bench.invocation.clone())
            .await
            .error
            .is_none()
    );
    // A program that has just been started has no environment for a moment.
    let both = || async { crate::pool::states(&mark).len() == 2 };
    crate::processes::eventually("both run", both).await;
    drop(instance);
    let gone = || async { crate::pool::states(&mark).is_empty() };
    crate::processes::eventually("both are gone", gone).await;
}

#[tokio::test]
async fn a_traceback_names_code_at_either_level() {
    let source = "def handler(event, context):\n    raise ValueError('x')\n";
    for bench in [Bench::new(source), Bench::bare(source)] {
        let failure = bench.failure().await;
        assert_eq!(failure["stackTrace"][0][0], "File \"/code/index.py\"");
    }
}

#[tokio::test]
async fn warm_instances_stay_apart() {
    let pool = crate::pool::pool_at(SandboxLevel::Auto, PoolLimits::default()).await;
    let source = "\
import os
def handler(event, context):
    found = os.path.exists('/tmp/left')
    open('/tmp/left', 'w').close()
    return found
";
    use fc::Host;
    let mut answers = Vec::new();
    for number in [1, 1, 2] {
        let bench = Bench::new(source);
        let revision = crate::pool::revision(&bench, number).into();
        let invoked = pool
            .invoke(&revision, crate::pool::request("1-a", ""))
            .await;
        answers.push(text(&invoked.unwrap().outcome.body));
    }
    assert_eq!(answers, ["false", "true", "false"]);
}

//! Finding an interpreter, among programs that only look like one.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fc::{HostEnvironment, Interpreter, RuntimeName};
use tempfile::TempDir;

/// A folder with programs that answer as this version would; an empty version fails.
fn path_with(programs: &[(&str, &str)]) -> (TempDir, HostEnvironment) {
    let folder = tempfile::tempdir().unwrap();
    for (name, version) in programs {
        write_program(&folder.path().join(name), version);
    }
    let environment = HostEnvironment::new([("PATH".into(), folder.path().into())]);
    (folder, environment)
}

fn write_program(path: &Path, version: &str) {
    let script = match version {
        "" => "#!/bin/sh\necho 'command not found' >&2\nexit 127\n".to_owned(),
        _ => format!(
            "#!/bin/sh\necho {}\necho {version}\necho no\necho .cpython-000.so\n",
            path.display()
        ),
    };
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn the_runtimes_own_version_is_preferred() {
    let (_folder, environment) = path_with(&[
        ("python3", "3.13.0"),
        ("python3.10", "3.10.4"),
        ("python3.13", "3.13.0"),
    ]);
    let found = Interpreter::find(RuntimeName::Python310, None, &environment)
        .await
        .unwrap();
    assert_eq!(found.version(), (3, 10, 4));
    assert_eq!(found.warning(), None);
}

#[tokio::test]
async fn else_the_newest_that_works_with_a_warning() {
    let (_folder, environment) = path_with(&[
        ("python3", "3.8.1"),
        ("python3.10", ""),
        ("python3.12", "3.12.1"),
        ("python3.13", ""),
        ("python3.x", "3.99.0"),
    ]);
    let found = Interpreter::find(RuntimeName::Python310, None, &environment)
        .await
        .unwrap();
    assert_eq!(found.version(), (3, 12, 1));
    let warning = found.warning().unwrap();
    assert!(
        warning.starts_with("python3.10 runs on Python 3.12.1 ("),
        "{warning}"
    );
    assert!(warning.contains("Python 3.10 in the cloud"), "{warning}");
}

#[tokio::test]
async fn a_python3_that_is_new_enough_ends_the_search() {
    let (_folder, environment) = path_with(&[("python3", "3.11.2"), ("python3.13", "3.13.0")]);
    let found = Interpreter::find(RuntimeName::Python310, None, &environment)
        .await
        .unwrap();
    assert_eq!(found.version(), (3, 11, 2));
    assert!(found.warning().is_some());
}

#[tokio::test]
async fn nothing_usable_is_an_error_that_says_what_to_do() {
    let (_folder, environment) = path_with(&[("python3", "3.5.9"), ("python2.7", "2.7.18")]);
    let error = Interpreter::find(RuntimeName::Python39, None, &environment)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no Python from 3.6 on is on the path to run python3.9 functions; install Python 3.9, or name an interpreter"
    );
}

#[tokio::test]
async fn a_configured_program_is_used_or_refused_but_not_replaced() {
    let (folder, environment) =
        path_with(&[("python3", "3.9.2"), ("mine", "3.9.1"), ("broken", "")]);
    let find = async |name: &str| {
        Interpreter::find(
            RuntimeName::Python39,
            Some(&folder.path().join(name)),
            &environment,
        )
        .await
    };
    assert_eq!(find("mine").await.unwrap().version(), (3, 9, 1));
    let error = find("broken").await.unwrap_err().to_string();
    assert!(
        error.ends_with("broken` cannot run Python functions: command not found"),
        "{error}"
    );
    let error = find("absent").await.unwrap_err().to_string();
    assert!(
        error.contains("absent` cannot run Python functions"),
        "{error}"
    );
}

#[tokio::test]
async fn the_machines_interpreter_answers() {
    let found = crate::bench::interpreter().await;
    assert!(found.program().is_absolute());
    assert!(found.version() >= (3, 6, 0));
}

#[test]
fn values_of_the_hosts_environment_are_not_shown() {
    let environment = HostEnvironment::new([("TOKEN".into(), "hidden".into())]);
    assert_eq!(format!("{environment:?}"), "{\"TOKEN\"}");
}

/// The bootstrap was compiled when the interpreter was asked what it is, and a start need not do it again.
#[tokio::test]
async fn the_bootstrap_is_compiled_once() {
    let source = "\
import importlib.util, sys
def handler(event, context):
    try:
        with open(sys.modules['_localyun_bootstrap'].__cached__, 'rb') as file:
            return file.read(5) == importlib.util.MAGIC_NUMBER + b'\\1'
    except FileNotFoundError:
        return sys.version_info < (3, 7)
";
    assert_eq!(crate::bench::Bench::new(source).answer().await, "true");
}

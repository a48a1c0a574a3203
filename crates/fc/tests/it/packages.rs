//! Preparing oss2, with a Python that only pretends to install it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use fc::{
    HostEnvironment, Interpreter, PackagesError, PythonRuntime, Runtime, RuntimeName, prepare_oss2,
};
use tempfile::TempDir;

use fc::SandboxLevel;

use crate::bench::{Bench, interpreter, isolation, text};

/// A Python 3.9 that makes virtual environments whose pip runs `install`, a line of shell. `$modules` is where the
/// modules go, and every installation leaves a line in the file `installed`.
struct Pretender {
    folder: TempDir,
    environment: HostEnvironment,
}

impl Pretender {
    fn new(install: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().display();
        let inner = format!(
            "#!/bin/sh\nmodules=$(dirname \"$0\")/../lib/python3.9/site-packages\nmkdir -p \"$modules\"\n\
             echo \"$@\" >> {here}/installed\n{install}\n"
        );
        write(&folder.path().join("inner"), &inner);
        let outer = format!(
            "#!/bin/sh\ncase \"$*\" in\n*'-m venv'*) for last; do :; done; mkdir -p \"$last/bin\" && \
             cp {here}/inner \"$last/bin/python\";;\n*) echo {here}/python3.9; echo 3.9.1; echo no; echo .cpython-39-x.so;;\n\
             esac\n"
        );
        write(&folder.path().join("python3.9"), &outer);
        let path =
            std::env::join_paths([folder.path(), "/usr/bin".as_ref(), "/bin".as_ref()]).unwrap();
        Self {
            environment: HostEnvironment::new([("PATH".into(), path)]),
            folder,
        }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    async fn prepare(
        &self,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Interpreter, PackagesError> {
        let program = self.folder.path().join("python3.9");
        let found = Interpreter::find(RuntimeName::Python39, Some(&program), &self.environment)
            .await
            .unwrap();
        prepare_oss2(found, &self.cache(), &self.environment, progress).await
    }

    fn installations(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("installed"))
            .unwrap_or_default()
            .lines()
            .count()
    }
}

fn write(path: &Path, script: &str) {
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const INSTALL: &str =
    "mkdir \"$modules/oss2\" && echo 'whose = \"prepared\"' > \"$modules/oss2/__init__.py\"";

#[tokio::test]
async fn oss2_is_installed_once_and_then_found() {
    let pretender = Pretender::new(INSTALL);
    let said = Mutex::new(Vec::new());
    let progress = |sentence: &str| said.lock().unwrap().push(sentence.to_owned());
    let first = pretender.prepare(&progress).await.unwrap();
    assert!(first.has_oss2());
    let modules = first
        .program()
        .parent()
        .unwrap()
        .join("../lib/python3.9/site-packages");
    assert!(modules.join("oss2/__init__.py").is_file());
    assert_eq!(
        pretender.prepare(&progress).await.unwrap().program(),
        first.program()
    );
    assert_eq!(pretender.installations(), 1);
    let said = said.into_inner().unwrap();
    assert_eq!(
        said,
        ["preparing oss2 2.19.1 for Python 3.9, once: this takes a minute"]
    );
}

#[tokio::test]
async fn two_at_once_install_once() {
    let pretender = Pretender::new(INSTALL);
    let (one, two) = tokio::join!(pretender.prepare(&|_| {}), pretender.prepare(&|_| {}));
    assert_eq!(one.unwrap().program(), two.unwrap().program());
    assert_eq!(pretender.installations(), 1);
}

#[tokio::test]
async fn a_failure_says_why_and_what_to_do_and_leaves_nothing() {
    let pretender = Pretender::new("echo 'ERROR: No matching distribution found' >&2; exit 1");
    let error = pretender.prepare(&|_| {}).await.unwrap_err().to_string();
    assert!(
        error.contains("failed: ERROR: No matching distribution found; it is needed once"),
        "{error}"
    );
    assert!(error.contains("-m pip install oss2==2.19.1"), "{error}");
    let left = std::fs::read_dir(pretender.cache()).unwrap().flatten();
    let left: Vec<_> = left
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(left.len() == 1 && left[0].ends_with(".lock"), "{left:?}");
}

#[tokio::test]
async fn an_interpreter_without_ensurepip_is_named_as_such() {
    let pretender =
        Pretender::new("echo 'because ensurepip is not'; echo 'Failing command: x'; exit 1");
    let error = pretender.prepare(&|_| {}).await.unwrap_err().to_string();
    assert!(
        error.contains("no ensurepip (Debian and Ubuntu have it in python3-venv)"),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed() {
    let pretender = Pretender::new(INSTALL);
    let prepared = pretender.prepare(&|_| {}).await.unwrap();
    let folder = prepared.program().parent().unwrap().parent().unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap();
    let leftover = pretender.cache().join(format!(".unfinished-{name}-abc"));
    std::fs::create_dir_all(leftover.join("venv")).unwrap();
    // As if the interpreter behind it had been removed.
    std::fs::remove_file(prepared.program()).unwrap();
    pretender.prepare(&|_| {}).await.unwrap();
    assert!(prepared.program().exists() && !leftover.exists());
    assert_eq!(pretender.installations(), 2);
}

#[tokio::test]
async fn prepared_modules_come_after_the_users_own() {
    let venv = tempfile::tempdir().unwrap();
    let python = interpreter().await;
    let made = Command::new(python.program())
        .args(["-m", "venv", "--without-pip"])
        .arg(venv.path())
        .status();
    assert!(made.unwrap().success());
    let (major, minor, _) = python.version();
    let modules = venv
        .path()
        .join(format!("lib/python{major}.{minor}/site-packages"));
    for name in ["prepared_only.py", "in_both.py", "oss2.py"] {
        std::fs::write(modules.join(name), "whose = 'prepared'").unwrap();
    }
    let environment = HostEnvironment::default();
    let program = venv.path().join("bin/python");
    let found = Interpreter::find(RuntimeName::Python310, Some(&program), &environment)
        .await
        .unwrap();
    let found = prepare_oss2(found, Path::new("/nowhere"), &environment, &|_| {})
        .await
        .unwrap();
    assert_eq!(found.program(), program);

    let source = "import in_both, prepared_only\ndef handler(event, context):\n    return in_both.whose + prepared_only.whose\n";
    let bench = Bench::new(source).file("in_both.py", "whose = 'mine'");
    let mut instance = PythonRuntime::new(found, isolation(SandboxLevel::Auto).await)
        .unwrap()
        .start(&bench.function, &bench.launch)
        .await
        .unwrap();
    let outcome = instance.invoke(bench.invocation.clone()).await;
    assert_eq!(outcome.body, "mineprepared", "{}", text(&outcome.log));
}

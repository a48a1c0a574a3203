//! Preparing oss2, with a Python that only pretends to install it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fc::{
    HostEnvironment, Interpreter, PackagesError, PythonRuntime, Runtime, RuntimeName,
    prepare_packages,
};
use tempfile::TempDir;

use crate::bench::{Bench, interpreter, text};

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
             cp {here}/inner \"$last/bin/python\";;\n*) echo {here}/python3.9; echo 3.9.1; echo no; echo cpython-39;;\n\
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
    ) -> Result<Option<PathBuf>, PackagesError> {
        let program = self.folder.path().join("python3.9");
        let found = Interpreter::find(RuntimeName::Python39, Some(&program), &self.environment)
            .await
            .unwrap();
        prepare_packages(&found, &self.cache(), &self.environment, progress).await
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
    let first = pretender.prepare(&progress).await.unwrap().unwrap();
    assert!(first.join("oss2/__init__.py").is_file());
    assert_eq!(pretender.prepare(&progress).await.unwrap().unwrap(), first);
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
    assert_eq!(one.unwrap(), two.unwrap());
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
    let left = std::fs::read_dir(pretender.cache())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["oss2-2.19.1-cpython-39.lock"]);
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed() {
    let pretender = Pretender::new(INSTALL);
    let leftover = pretender
        .cache()
        .join(".unfinished-oss2-2.19.1-cpython-39-abc");
    std::fs::create_dir_all(leftover.join("venv")).unwrap();
    pretender.prepare(&|_| {}).await.unwrap();
    assert!(!leftover.exists());
}

#[tokio::test]
async fn prepared_modules_come_after_the_users_own() {
    let packages = tempfile::tempdir().unwrap();
    std::fs::write(
        packages.path().join("prepared_only.py"),
        "whose = 'prepared'",
    )
    .unwrap();
    std::fs::write(packages.path().join("in_both.py"), "whose = 'prepared'").unwrap();
    let source = "import in_both, prepared_only\ndef handler(event, context):\n    return in_both.whose + prepared_only.whose\n";
    let bench = Bench::new(source).file("in_both.py", "whose = 'mine'");
    let python = PythonRuntime::new(interpreter().await, Some(packages.path())).unwrap();
    let mut instance = python.start(&bench.function, &bench.launch).await.unwrap();
    let outcome = instance.invoke(bench.invocation.clone()).await;
    assert_eq!(outcome.body, "mineprepared", "{}", text(&outcome.log));
}

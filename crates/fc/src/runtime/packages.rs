//! The packages that the cloud's runtimes carry, for interpreters that lack them: a virtual environment, made once.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::RuntimeName;
use crate::runtime::interpreter::{HostEnvironment, Interpreter, last_line};

/// The version of oss2 that is installed.
pub const OSS2_VERSION: &str = "2.19.1";

const UNFINISHED: &str = ".unfinished-";
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

/// The packages that the cloud's runtimes have built in: a section a runtime, a requirement a line.
const BUILT_IN: &str = include_str!("builtin.txt");

/// Packages that are installed together.
#[derive(Debug)]
struct Bundle {
    /// What begins the name of its environments.
    name: String,
    /// What a person calls it.
    title: String,
    requirements: Vec<String>,
    /// What else can be done if they cannot be installed.
    instead: String,
}

impl Bundle {
    fn oss2(interpreter: &Interpreter) -> Self {
        let requirement = format!("oss2=={OSS2_VERSION}");
        Self {
            name: format!("oss2-{OSS2_VERSION}"),
            title: format!("oss2 {OSS2_VERSION}"),
            instead: format!(
                "install it yourself with `{} -m pip install {requirement}`, or put it beside the handler",
                interpreter.program().display()
            ),
            requirements: vec![requirement],
        }
    }

    /// What `runtime` has built in. An interpreter of another version than the cloud's gets those versions or later ones,
    /// as these may not be made for it.
    fn built_in(runtime: RuntimeName, interpreter: &Interpreter) -> Self {
        let (major, minor, _) = interpreter.version();
        let same = runtime.python() == Some((major, minor));
        let fitting = |line: &str| match same {
            true => line.to_owned(),
            false => line.replace("==", ">="),
        };
        let requirements: Vec<String> = built_in_packages(runtime).map(fitting).collect();
        let mut digest = Sha256::new();
        digest.update(requirements.join("\n"));
        let digest: String = digest.finalize()[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            name: format!("{runtime}-{digest}"),
            title: format!("the packages of {runtime}"),
            requirements,
            instead: "put what the code needs beside the handler (`pip install -t DIR PACKAGE`)"
                .into(),
        }
    }
}

/// What the cloud's runtime has built in, as requirements for pip. None for runtimes of programs.
pub fn built_in_packages(runtime: RuntimeName) -> impl Iterator<Item = &'static str> {
    let head = format!("[{runtime}]");
    let lines = BUILT_IN.lines().skip_while(move |line| *line != head);
    lines.skip(1).take_while(|line| !line.is_empty())
}

/// An interpreter whose handlers can import oss2: `interpreter` itself if it has it, else one of a virtual environment.
///
/// The first call for an interpreter makes the environment below `cache`, with pip and the network; later ones find
/// it. Two at once wait for each other. What is half made is never used: it gets its name when it is complete.
/// `progress` is given sentences to show.
///
/// The environment does not see the other packages of `interpreter`. Two installations on one path break each other,
/// and what only this machine has would be missed in the cloud.
pub async fn prepare_oss2(
    interpreter: Interpreter,
    cache: &Path,
    environment: &HostEnvironment,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Interpreter, PackagesError> {
    if interpreter.has_oss2() {
        return Ok(interpreter);
    }
    let bundle = Bundle::oss2(&interpreter);
    prepare(&bundle, interpreter, cache, environment, progress).await
}

/// The interpreter of an environment that has all that `runtime` has built in, made as by [`prepare_oss2`].
pub async fn install_built_in(
    runtime: RuntimeName,
    interpreter: Interpreter,
    cache: &Path,
    environment: &HostEnvironment,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Interpreter, PackagesError> {
    let bundle = Bundle::built_in(runtime, &interpreter);
    prepare(&bundle, interpreter, cache, environment, progress).await
}

/// The same, if it was made before.
pub fn with_built_in(
    runtime: RuntimeName,
    interpreter: &Interpreter,
    cache: &Path,
) -> Option<Interpreter> {
    Bundle::built_in(runtime, interpreter).made(interpreter, cache)
}

impl Bundle {
    /// One environment for each interpreter, and a new one when its binary interface changes.
    fn name_for(&self, interpreter: &Interpreter) -> String {
        let path = interpreter
            .program()
            .to_string_lossy()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let end = &path[path.len().saturating_sub(80)..];
        format!("{}-{}{end}", self.name, interpreter.binary_interface())
    }

    fn made(&self, interpreter: &Interpreter, cache: &Path) -> Option<Interpreter> {
        let made = interpreter.in_environment(&cache.join(self.name_for(interpreter)));
        // Follows links: the environment is of no use when the interpreter that it was made with has gone.
        made.program().exists().then_some(made)
    }
}

async fn prepare(
    bundle: &Bundle,
    interpreter: Interpreter,
    cache: &Path,
    environment: &HostEnvironment,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Interpreter, PackagesError> {
    if let Some(made) = bundle.made(&interpreter, cache) {
        return Ok(made);
    }
    let unusable = |source| PackagesError::Cache {
        title: bundle.title.clone(),
        source,
    };
    let name = bundle.name_for(&interpreter);
    fs::create_dir_all(cache).map_err(unusable)?;
    let lock_file = cache.join(format!("{name}.lock"));
    let lock = lock(&lock_file, &bundle.title, progress).await;
    let _lock = lock.map_err(unusable)?;
    if let Some(made) = bundle.made(&interpreter, cache) {
        return Ok(made);
    }
    let (major, minor, _) = interpreter.version();
    progress(&format!(
        "preparing {} for Python {major}.{minor}, once: this takes a minute",
        bundle.title
    ));
    remove_leftovers(cache, &name).map_err(unusable)?;
    let place = tempfile::Builder::new()
        .prefix(&format!("{UNFINISHED}{name}-"))
        .tempdir_in(cache)
        .map_err(unusable)?;
    let venv = place.path().join("venv");
    build(bundle, &interpreter, &venv, environment).await?;
    fs::rename(venv, cache.join(&name)).map_err(unusable)?;
    Ok(interpreter.in_environment(&cache.join(&name)))
}

async fn lock(path: &Path, title: &str, progress: &(dyn Fn(&str) + Sync)) -> io::Result<File> {
    let file = File::create(path)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        if !std::mem::replace(&mut told, true) {
            progress(&format!(
                "another process is preparing {title}: waiting for it"
            ));
        }
        tokio::time::sleep(LOCK_INTERVAL).await;
    }
}

/// Called with the lock held: whoever began these was killed, and a finished one has lost its interpreter.
fn remove_leftovers(cache: &Path, name: &str) -> io::Result<()> {
    let prefix = format!("{UNFINISHED}{name}-");
    let useless = cache.join(name);
    if useless.exists() {
        fs::remove_dir_all(useless)?;
    }
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

async fn build(
    bundle: &Bundle,
    interpreter: &Interpreter,
    venv: &Path,
    environment: &HostEnvironment,
) -> Result<(), PackagesError> {
    let failed = |step| {
        move |why| PackagesError::Failed {
            step,
            why,
            title: bundle.title.clone(),
            instead: bundle.instead.clone(),
        }
    };
    let mut create = environment.command(interpreter.program());
    create.args(["-W", "ignore", "-m", "venv"]).arg(venv);
    run(create)
        .await
        .map_err(failed("making a virtual environment"))?;

    let mut install = environment.command(&venv.join("bin/python"));
    install.args([
        "-W",
        "ignore",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    install.args(&bundle.requirements);
    run(install).await.map_err(failed("installing with pip"))
}

async fn run(mut command: tokio::process::Command) -> Result<(), String> {
    let output = command.output().await.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout.as_slice(), b"\n", &output.stderr].concat();
    if String::from_utf8_lossy(&text).contains("ensurepip is not") {
        return Err(
            "the interpreter has no ensurepip (Debian and Ubuntu have it in python3-venv)".into(),
        );
    }
    let complaint = last_line(&text);
    Err(complaint.unwrap_or_else(|| output.status.to_string()))
}

/// Why packages could not be prepared.
#[derive(Debug)]
#[non_exhaustive]
pub enum PackagesError {
    /// A program that we need failed.
    Failed {
        /// What was to be prepared.
        title: String,
        /// What the program was to do.
        step: &'static str,
        /// The last line of its complaint.
        why: String,
        /// What else can be done.
        instead: String,
    },
    /// The cache directory cannot be used.
    Cache {
        /// What was to be prepared.
        title: String,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for PackagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed {
                title,
                step,
                why,
                instead,
            } => write!(
                f,
                "cannot prepare {title}, {step} failed: {why}; it is needed once, so try again with a package index in \
                 reach, or {instead}"
            ),
            Self::Cache { title, source } => {
                write!(f, "cannot use the cache directory for {title}: {source}")
            }
        }
    }
}

impl std::error::Error for PackagesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cache { source, .. } => Some(source),
            Self::Failed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_python_runtime_has_a_list_and_each_has_oss2() {
        for runtime in RuntimeName::all() {
            let first = built_in_packages(runtime).next();
            let has_oss2 = first.is_some_and(|line| line.starts_with("oss2=="));
            assert_eq!(has_oss2, runtime.python().is_some(), "{runtime}");
        }
        assert_eq!(built_in_packages(RuntimeName::Python310).count(), 21);
        let legal = |line: &str| {
            line.chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-=".contains(c))
        };
        assert!(RuntimeName::all().flat_map(built_in_packages).all(legal));
    }
}

//! The packages that the cloud's runtimes carry, for interpreters that lack them: a virtual environment, made once.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::runtime::interpreter::{HostEnvironment, Interpreter, last_line};

/// The version of oss2 that is installed.
pub const OSS2_VERSION: &str = "2.19.1";

const UNFINISHED: &str = ".unfinished-";
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

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
    let name = name_for(&interpreter);
    let prepared = interpreter.in_environment(&cache.join(&name));
    // Follows links: the environment is of no use when the interpreter that it was made with has gone.
    if prepared.program().exists() {
        return Ok(prepared);
    }
    fs::create_dir_all(cache)?;
    let _lock = lock(&cache.join(format!("{name}.lock")), progress).await?;
    if !prepared.program().exists() {
        let (major, minor, _) = interpreter.version();
        progress(&format!(
            "preparing oss2 {OSS2_VERSION} for Python {major}.{minor}, once: this takes a minute"
        ));
        remove_leftovers(cache, &name)?;
        let place = tempfile::Builder::new()
            .prefix(&format!("{UNFINISHED}{name}-"))
            .tempdir_in(cache)?;
        build(&interpreter, &place.path().join("venv"), environment).await?;
        fs::rename(place.path().join("venv"), cache.join(&name))?;
    }
    Ok(prepared)
}

/// One environment for each interpreter, and a new one when its binary interface changes.
fn name_for(interpreter: &Interpreter) -> String {
    let path = interpreter
        .program()
        .to_string_lossy()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let end = &path[path.len().saturating_sub(80)..];
    format!(
        "oss2-{OSS2_VERSION}-{}{end}",
        interpreter.binary_interface()
    )
}

async fn lock(path: &Path, progress: &(dyn Fn(&str) + Sync)) -> io::Result<File> {
    let file = File::create(path)?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        if !std::mem::replace(&mut told, true) {
            progress("another process is preparing oss2: waiting for it");
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
    interpreter: &Interpreter,
    venv: &Path,
    environment: &HostEnvironment,
) -> Result<(), PackagesError> {
    let failed = |step| {
        move |why| PackagesError::Failed {
            step,
            why,
            interpreter: interpreter.program().into(),
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
    install.arg(format!("oss2=={OSS2_VERSION}"));
    run(install).await.map_err(failed("installing it with pip"))
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

/// Why oss2 could not be prepared.
#[derive(Debug)]
#[non_exhaustive]
pub enum PackagesError {
    /// A program that we need failed.
    Failed {
        /// What it was to do.
        step: &'static str,
        /// The last line of its complaint.
        why: String,
        /// The interpreter that lacks oss2.
        interpreter: PathBuf,
    },
    /// The cache directory cannot be used.
    Cache(io::Error),
}

impl From<io::Error> for PackagesError {
    fn from(source: io::Error) -> Self {
        Self::Cache(source)
    }
}

impl fmt::Display for PackagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed {
                step,
                why,
                interpreter,
            } => write!(
                f,
                "cannot prepare oss2 {OSS2_VERSION}, {step} failed: {why}; it is needed once, so try again with a \
                 package index in reach, or install it yourself with `{} -m pip install oss2=={OSS2_VERSION}`, or put \
                 it beside the handler",
                interpreter.display()
            ),
            Self::Cache(source) => write!(f, "cannot use the cache directory for oss2: {source}"),
        }
    }
}

impl std::error::Error for PackagesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cache(source) => Some(source),
            Self::Failed { .. } => None,
        }
    }
}

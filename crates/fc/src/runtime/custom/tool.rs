//! Interpreters that programs are started with, wherever they are installed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use crate::{HostEnvironment, Interpreter};

/// What Node.js is asked.
const WHO: &str = "`${process.versions.node} ${process.execPath}`";
/// How long one may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// An interpreter that programs may be started with.
#[derive(Debug, Clone)]
pub struct Tool {
    /// The folder that it is in.
    pub folder: PathBuf,
    /// All that it needs to be able to read.
    pub needs: Vec<PathBuf>,
}

impl Tool {
    /// A Python interpreter.
    pub fn python(interpreter: &Interpreter) -> Self {
        let folder = interpreter
            .program()
            .parent()
            .unwrap_or(Path::new("/usr/bin"));
        Self {
            folder: folder.to_owned(),
            needs: interpreter.folders().to_vec(),
        }
    }

    /// The Node.js on the path of `environment`, and which version it is. Version managers have small programs of that name
    /// in its place, so it is asked where it is.
    pub async fn node(environment: &HostEnvironment) -> Option<(Self, u32)> {
        let program = environment.programs("node").into_iter().next()?;
        let mut ask = environment.command(&program);
        let answer = timeout(PATIENCE, ask.args(["-p", WHO]).output()).await;
        let said = String::from_utf8(answer.ok()?.ok()?.stdout).ok()?;
        let (version, program) = said.trim().split_once(' ')?;
        let program = Path::new(program).canonicalize().ok()?;
        let folder = program.parent()?.to_owned();
        let modules = folder.parent()?.join("lib/node_modules");
        let mut needs = vec![program];
        needs.extend(modules.is_dir().then_some(modules));
        let (major, _) = version.split_once('.')?;
        Some((Self { folder, needs }, major.parse().ok()?))
    }
}

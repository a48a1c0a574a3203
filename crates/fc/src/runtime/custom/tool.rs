//! Interpreters that programs are started with, wherever they are installed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use crate::{HostEnvironment, Interpreter};

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

    /// Node.js, and which version it is.
    pub async fn node(environment: &HostEnvironment) -> Option<(Self, u32)> {
        let found = Self::find("node", environment)?;
        let mut ask = environment.command(&found.folder.join("node"));
        let answer = timeout(PATIENCE, ask.arg("--version").output()).await;
        let said = String::from_utf8(answer.ok()?.ok()?.stdout).ok()?;
        let major = said.trim().strip_prefix('v')?.split('.').next()?;
        Some((found, major.parse().ok()?))
    }

    /// The first program of this name on the path of `environment`, and of what is installed beside it the modules of
    /// Node.js.
    pub fn find(name: &str, environment: &HostEnvironment) -> Option<Self> {
        let program = environment.programs(name).into_iter().next()?;
        let program = program.canonicalize().ok()?;
        let folder = program.parent()?;
        let modules = folder.parent()?.join("lib/node_modules");
        let mut needs = vec![program.clone()];
        needs.extend(modules.is_dir().then_some(modules));
        Some(Self {
            folder: folder.to_owned(),
            needs,
        })
    }
}

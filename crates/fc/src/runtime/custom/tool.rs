//! Interpreters that programs are started with, wherever they are installed.

use std::path::{Path, PathBuf};

use crate::{HostEnvironment, Interpreter};

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

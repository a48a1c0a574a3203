//! What is started, and why it cannot be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::runtime::{NotStarted, StartCode};
use crate::{Function, RuntimeName};

/// The program that runs handlers in Node.js.
pub(super) const NODE_BOOTSTRAP: &str = "bootstrap.js";
/// What is started when nothing else is said.
const BOOTSTRAP: &str = "bootstrap";

/// A program and its arguments.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

impl Command {
    /// The command of a function whose code the process sees at `code`, and our own programs at `home`.
    pub(super) fn of(function: &Function, code: &Path, home: &Path) -> Result<Self, NotStarted> {
        if function.runtime.node().is_some() {
            let bootstrap = home.join(NODE_BOOTSTRAP).to_string_lossy().into_owned();
            return Ok(Self {
                program: "node".into(),
                arguments: vec![bootstrap, function.runtime.to_string()],
            });
        }
        let own = match function.runtime {
            RuntimeName::Go1 => Some(function.handler.as_str()),
            _ if function.custom.command.is_empty() => Some(BOOTSTRAP),
            _ => None,
        };
        if let Some(file) = own {
            check_file(function, file)?;
            return Ok(Self {
                program: code.join(file),
                arguments: Vec::new(),
            });
        }
        let mut words = function.custom.command.iter();
        let program = words.next().map(|first| place(first, code));
        Ok(Self {
            program: program.unwrap_or_default(),
            arguments: words.map(|word| place_word(word, code)).collect(),
        })
    }

    /// As the cloud writes it.
    pub(super) fn text(&self) -> String {
        let program = self.program.to_string_lossy().into_owned();
        let words = std::iter::once(program).chain(self.arguments.iter().cloned());
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A word of the command that means a place in the code, where that is elsewhere.
fn place_word(word: &str, code: &Path) -> String {
    match word.strip_prefix("/code/") {
        Some(rest) => code.join(rest).to_string_lossy().into_owned(),
        None => word.to_owned(),
    }
}

/// A program with a folder in its name is looked for in the code; others on the path.
fn place(program: &str, code: &Path) -> PathBuf {
    let placed = PathBuf::from(place_word(program, code));
    match placed.is_relative() && program.contains('/') {
        true => code.join(placed),
        false => placed,
    }
}

fn check_file(function: &Function, file: &str) -> Result<(), NotStarted> {
    let path = function.code.join(file);
    let refused = |code, why: String| NotStarted {
        code,
        message: format!("The function cannot be started. {why}"),
    };
    match fs::metadata(&path) {
        Err(_) => Err(refused(
            StartCode::FileNotFound,
            format!("the file /code/{file} is not exist"),
        )),
        Ok(found) if !found.is_file() || found.permissions().mode() & 0o111 == 0 => Err(refused(
            StartCode::FilePermission,
            format!("the file /code/{file} is not executable, permission denied"),
        )),
        Ok(_) => Ok(()),
    }
}

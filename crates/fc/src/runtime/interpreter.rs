//! Finding a Python interpreter for a runtime name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::RuntimeName;
use crate::runtime::bootstrap::{self, Compiled};

/// How long an interpreter may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// Printed on one line each: the program, its version, whether it has oss2, the suffix of its extension modules, where it
/// is installed, and after a word for it the bootstrap as a compiled module that need not be compared with its source,
/// which there is from 3.7 on (PEP 552).
const QUESTIONS: &str = "\
import marshal, sys, importlib.machinery, importlib.util
print(sys.executable)
print('%d.%d.%d' % sys.version_info[:3])
print('yes' if importlib.util.find_spec('oss2') else 'no')
print(importlib.machinery.EXTENSION_SUFFIXES[0])
for folder in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
    print(folder)
if sys.version_info >= (3, 7):
    code = marshal.dumps(compile(sys.argv[1], '', 'exec', dont_inherit=True))
    print('compiled', sys.implementation.cache_tag, (importlib.util.MAGIC_NUMBER + b'\\1' + bytes(11) + code).hex())";

/// Begins the line with the compiled bootstrap.
const COMPILED: &str = "compiled ";

/// The variables of the program that runs functions. They serve to find interpreters and to install packages, and
/// never reach a handler.
#[derive(Clone, Default)]
pub struct HostEnvironment {
    variables: BTreeMap<OsString, OsString>,
}

impl HostEnvironment {
    /// For a command line, `HostEnvironment::new(std::env::vars_os())`.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self {
            variables: variables.into_iter().collect(),
        }
    }

    pub(crate) fn command(&self, program: &Path) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(program);
        command
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Files called `name` on the path, in its order.
    pub(crate) fn programs(&self, name: &str) -> Vec<PathBuf> {
        let files = self.folders().map(|folder| folder.join(name));
        files.filter(|file| file.is_file()).collect()
    }

    /// The minor versions `N` of all `python3.N` on the path, newest first.
    fn minor_versions(&self) -> Vec<u8> {
        let entries = self
            .folders()
            .filter_map(|folder| folder.read_dir().ok())
            .flatten()
            .flatten();
        let mut found: Vec<u8> = entries
            .filter_map(|entry| {
                entry
                    .file_name()
                    .to_str()?
                    .strip_prefix("python3.")?
                    .parse()
                    .ok()
            })
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
        found
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        let path = self
            .variables
            .get(&OsString::from("PATH"))
            .cloned()
            .unwrap_or_default();
        std::env::split_paths(&path)
            .collect::<Vec<_>>()
            .into_iter()
            .filter(|folder| folder.is_absolute())
    }
}

impl fmt::Debug for HostEnvironment {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// A Python interpreter that answered.
#[derive(Debug, Clone)]
pub struct Interpreter {
    program: PathBuf,
    version: (u8, u8, u8),
    has_oss2: bool,
    binary_interface: String,
    folders: Vec<PathBuf>,
    compiled: Option<Compiled>,
    warning: Option<String>,
}

impl Interpreter {
    /// Finds the interpreter for `runtime`: the configured one, else its own version on the path. Failing both, with a
    /// [`warning`](Interpreter::warning), the newest `python3` on the path; when that is older than the runtime, the
    /// newest `python3.N`. Nothing below 3.6 is taken.
    pub async fn find(
        runtime: RuntimeName,
        configured: Option<&Path>,
        environment: &HostEnvironment,
    ) -> Result<Self, InterpreterError> {
        let wanted = runtime
            .python()
            .ok_or(InterpreterError::NoPython { runtime })?;
        if let Some(program) = configured {
            let found = ask(program, environment).await;
            let found = found.map_err(|why| InterpreterError::Unusable {
                program: program.into(),
                why,
            })?;
            return Ok(found.with_warning(runtime));
        }
        let exact = newest_of(&format!("python{}.{}", wanted.0, wanted.1), environment).await;
        if let Some(found) = exact.filter(|found| found.language() == wanted) {
            return Ok(found);
        }
        let newest = newest(wanted, environment)
            .await
            .ok_or(InterpreterError::NotFound { runtime })?;
        Ok(newest.with_warning(runtime))
    }

    /// The absolute path of the program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Major, minor and patch.
    pub fn version(&self) -> (u8, u8, u8) {
        self.version
    }

    /// Whether a module `oss2` is installed. It is looked for, not imported.
    pub fn has_oss2(&self) -> bool {
        self.has_oss2
    }

    /// Whether a module of this name is installed. It is looked for, not imported.
    pub async fn has(&self, module: &str, environment: &HostEnvironment) -> bool {
        let mut command = environment.command(&self.program);
        command.args(["-I", "-W", "ignore", "-c"]);
        command.arg(
            "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)",
        );
        let answer = tokio::time::timeout(PATIENCE, command.arg(module).output()).await;
        answer.is_ok_and(|output| output.is_ok_and(|output| output.status.success()))
    }

    /// A sentence for the user when this is another version than the cloud's.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The interpreter of a virtual environment that was made with this one and has oss2.
    pub(crate) fn in_environment(&self, folder: &Path) -> Self {
        let mut folders = self.folders.clone();
        folders.push(folder.to_owned());
        Self {
            program: folder.join("bin/python"),
            has_oss2: true,
            folders,
            ..self.clone()
        }
    }

    /// Such as `cpython-311-x86_64-linux-gnu`: interpreters that share it can share compiled packages.
    pub(crate) fn binary_interface(&self) -> &str {
        &self.binary_interface
    }

    /// All folders that it needs to be able to read.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The bootstrap, compiled by it.
    pub(crate) fn compiled(&self) -> Option<&Compiled> {
        self.compiled.as_ref()
    }

    fn language(&self) -> (u8, u8) {
        (self.version.0, self.version.1)
    }

    fn with_warning(mut self, runtime: RuntimeName) -> Self {
        let Some((major, minor)) = runtime.python() else {
            return self;
        };
        if self.language() != (major, minor) {
            let (a, b, c) = self.version;
            self.warning = Some(format!(
                "{runtime} runs on Python {a}.{b}.{c} ({}) here and on Python {major}.{minor} in the cloud: language \
                 and standard library differ",
                self.program.display()
            ));
        }
        self
    }
}

/// The newest of the programs with this name that answers.
async fn newest_of(name: &str, environment: &HostEnvironment) -> Option<Interpreter> {
    let mut best: Option<Interpreter> = None;
    for program in environment.programs(name) {
        let found = ask(&program, environment).await.ok();
        let found = found.filter(|found| {
            best.as_ref()
                .is_none_or(|best| found.version > best.version)
        });
        best = found.or(best);
    }
    best
}

/// Stops at a `python3` that is new enough: asking a dozen programs takes longer than running a function.
async fn newest(wanted: (u8, u8), environment: &HostEnvironment) -> Option<Interpreter> {
    let mut best = newest_of("python3", environment).await;
    if best.as_ref().is_some_and(|best| best.language() >= wanted) {
        return best;
    }
    for minor in environment.minor_versions() {
        if best
            .as_ref()
            .is_some_and(|best| best.language() >= (3, minor))
        {
            break;
        }
        best = newest_of(&format!("python3.{minor}"), environment)
            .await
            .or(best);
    }
    best
}

/// Runs a program and believes it to be Python if it answers like one. `Err` says why not.
async fn ask(program: &Path, environment: &HostEnvironment) -> Result<Interpreter, String> {
    let mut command = environment.command(program);
    command.args(["-I", "-W", "ignore", "-c", QUESTIONS, bootstrap::SOURCE]);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output
        .map_err(|_| "it does not answer".to_owned())?
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(last_line(&output.stderr).unwrap_or_else(|| output.status.to_string()));
    }
    let answers = String::from_utf8_lossy(&output.stdout);
    let found = read_answers(&answers).ok_or("it is not a Python interpreter")?;
    if found.language() < (3, 6) {
        return Err(format!(
            "it is Python {}.{}; at least 3.6 is needed",
            found.version.0, found.version.1
        ));
    }
    Ok(found)
}

fn read_answers(answers: &str) -> Option<Interpreter> {
    let mut lines = answers.lines();
    let program = PathBuf::from(lines.next()?);
    let mut numbers = lines.next()?.split('.').map(str::parse);
    let version = (
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    );
    let has_oss2 = lines.next()? == "yes";
    let binary_interface = lines
        .next()?
        .trim_start_matches('.')
        .trim_end_matches(".so")
        .to_owned();
    if binary_interface.contains('/') {
        return None;
    }
    let (compiled, folders): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.starts_with(COMPILED));
    let compiled = compiled
        .first()
        .and_then(|line| Compiled::read(line.strip_prefix(COMPILED)?));
    let folders: Vec<PathBuf> = folders.into_iter().map(PathBuf::from).collect();
    let absolute = folders
        .iter()
        .chain([&program])
        .all(|path| path.is_absolute());
    absolute.then_some(Interpreter {
        program,
        version,
        has_oss2,
        binary_interface,
        folders,
        compiled,
        warning: None,
    })
}

/// The last line of a program's complaint that says anything.
pub(crate) fn last_line(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    text.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(str::to_owned)
}

/// Why there is no interpreter.
#[derive(Debug)]
#[non_exhaustive]
pub enum InterpreterError {
    /// The configured program does not work.
    Unusable {
        /// The program.
        program: PathBuf,
        /// What happened.
        why: String,
    },
    /// The runtime does not run Python.
    NoPython {
        /// Which one.
        runtime: RuntimeName,
    },
    /// Nothing on the path works.
    NotFound {
        /// What was looked for.
        runtime: RuntimeName,
    },
}

impl fmt::Display for InterpreterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable { program, why } => {
                write!(
                    f,
                    "`{}` cannot run Python functions: {why}",
                    program.display()
                )
            }
            Self::NoPython { runtime } => write!(
                f,
                "functions of the runtime {runtime} are no Python: deploy them to a server with `localyun fc deploy`"
            ),
            Self::NotFound { runtime } => {
                let (major, minor) = runtime.python().unwrap_or((3, 6));
                write!(
                    f,
                    "no Python from 3.6 on is on the path to run {runtime} functions; install Python \
                     {major}.{minor}, or name an interpreter"
                )
            }
        }
    }
}

impl std::error::Error for InterpreterError {}

impl From<InterpreterError> for io::Error {
    fn from(error: InterpreterError) -> Self {
        Self::other(error)
    }
}

//! What a function is, as far as running it goes.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

use crate::CustomProgram;

/// A function's code and configuration.
#[derive(Debug, Clone)]
pub struct Function {
    /// 1–64 letters, digits, `_` and `-`. Not checked here: the control plane refuses bad names.
    pub name: String,
    /// `file.function`; the file part may name a package with dots or slashes.
    pub handler: String,
    /// The built-in runtime that runs it.
    pub runtime: RuntimeName,
    /// The directory with the code, or a single `.py` file, which stands alone. Never written to.
    pub code: PathBuf,
    /// The directory with the files of its layers, if it has some. Never written to.
    pub layers: Option<PathBuf>,
    /// How long one invocation may take, the import of the module in a cold start included. The cloud's default is 3 s.
    pub timeout: Duration,
    /// The memory size in MiB. Told to the handler, not enforced.
    pub memory_mb: u32,
    /// The user's environment variables. They override the defaults of an instance, but neither the `FC_` variables
    /// nor the credentials.
    pub environment: BTreeMap<String, String>,
    /// The version or alias that is run, `LATEST` without one.
    pub qualifier: String,
    /// The number of the published version, empty for `LATEST`.
    pub version_id: String,
    /// The log project and store that the context names. Nothing is sent there.
    pub log_project: String,
    /// See [`Function::log_project`].
    pub log_store: String,
    /// The service of FC 2.0; empty in FC 3.0.
    pub service: String,
    /// Where an instance does not find the role's keys.
    pub withheld: Withheld,
    /// How a program of a custom runtime is started and reached.
    pub custom: CustomProgram,
    /// The port of 127.0.0.1 at which an instance of a Python runtime waits for a debugger (debugpy) before its first
    /// request. What is debugged has no time limit, and 256 MiB more.
    pub debug: Option<u16>,
}

/// Where the keys of a function's role are left out: `disableInjectCredentials` (`spec/fc.md` §1.9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Withheld {
    /// From the environment: `Env`, `All`.
    pub environment: bool,
    /// From what comes with each request, the context or the headers: `Request`, `All`.
    pub requests: bool,
}

impl Withheld {
    /// What a value of the setting means. `None`, and whatever is none of its values, withholds nothing.
    pub(crate) fn read(value: &str) -> Self {
        Self {
            environment: matches!(value, "Env" | "All"),
            requests: matches!(value, "Request" | "All"),
        }
    }
}

impl Function {
    /// A function with the cloud's defaults: 3 seconds, 512 MiB, no variables, version `LATEST`.
    pub fn new(
        name: impl Into<String>,
        handler: impl Into<String>,
        runtime: RuntimeName,
        code: impl Into<PathBuf>,
    ) -> Self {
        Self {
            name: name.into(),
            handler: handler.into(),
            runtime,
            code: code.into(),
            layers: None,
            timeout: Duration::from_secs(3),
            memory_mb: 512,
            environment: BTreeMap::new(),
            qualifier: "LATEST".into(),
            version_id: String::new(),
            log_project: String::new(),
            log_store: String::new(),
            service: String::new(),
            withheld: Withheld::default(),
            custom: CustomProgram::default(),
            debug: None,
        }
    }

    /// Whether any Python file of the code contains `word`. It tells whether a package is worth preparing, and errs
    /// on the side of yes; what cannot be read counts as no.
    pub fn mentions(&self, word: &str) -> bool {
        let python = |path: &Path| path.extension().is_some_and(|extension| extension == "py");
        mentions(&self.code, word.as_bytes(), &python, 0)
    }

    /// Whether any file of the code contains `word`, whatever its language.
    pub(crate) fn speaks_of(&self, word: &str) -> bool {
        mentions(&self.code, word.as_bytes(), &|_| true, 0)
    }
}

/// Copies code, a folder or a single file, into the new directory `place`, and gives its absolute path.
pub(crate) fn copy_code(code: &Path, place: &Path) -> io::Result<PathBuf> {
    if code.is_dir() {
        copy_tree(code, place)?;
    } else {
        let name = code.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir(place)?;
        copy_file(code, &place.join(name))?;
    }
    place.canonicalize()
}

/// Copies a file that its owner may write, as everybody may in the cloud, whatever the original allows.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let mut permissions = fs::metadata(to)?.permissions();
    permissions.set_mode(permissions.mode() | 0o200);
    fs::set_permissions(to, permissions)
}

/// Links stay links; what is neither file, folder nor link is left out, and so is the copy itself.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    copy_entries(from, to, &to.canonicalize()?)
}

fn copy_entries(from: &Path, to: &Path, copy: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path() == copy {
            continue;
        }
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&target)?;
            copy_entries(&entry.path(), &target, copy)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, target)?;
        } else if kind.is_file() {
            copy_file(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Deeper folders are not looked at: they are a package's inside, or a cycle of links.
const DEEPEST: usize = 6;

fn mentions(path: &Path, word: &[u8], counts: &dyn Fn(&Path) -> bool, depth: usize) -> bool {
    if let Ok(entries) = fs::read_dir(path) {
        return depth < DEEPEST
            && entries
                .flatten()
                .any(|entry| mentions(&entry.path(), word, counts, depth + 1));
    }
    counts(path)
        && fs::read(path).is_ok_and(|text| text.windows(word.len()).any(|window| window == word))
}

/// The runtimes that run here (`spec/fc.md` §1.1, §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuntimeName {
    /// `python3`: Python 3.6.
    Python3,
    /// `python3.9`
    Python39,
    /// `python3.10`
    Python310,
    /// `python3.12`: its context has no credentials.
    Python312,
    /// `custom`: Debian 9.
    Custom,
    /// `custom.debian10`
    CustomDebian10,
    /// `custom.debian11`
    CustomDebian11,
    /// `custom.debian12`
    CustomDebian12,
    /// `go1`: the handler is a program that asks for its requests.
    Go1,
    /// `nodejs14`
    Nodejs14,
    /// `nodejs16`
    Nodejs16,
    /// `nodejs18`
    Nodejs18,
    /// `nodejs20`
    Nodejs20,
}

impl RuntimeName {
    const ALL: [Self; 13] = [
        Self::Python3,
        Self::Python39,
        Self::Python310,
        Self::Python312,
        Self::Custom,
        Self::CustomDebian10,
        Self::CustomDebian11,
        Self::CustomDebian12,
        Self::Go1,
        Self::Nodejs14,
        Self::Nodejs16,
        Self::Nodejs18,
        Self::Nodejs20,
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// The identifier on the wire, such as `python3.10`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Python3 => "python3",
            Self::Python39 => "python3.9",
            Self::Python310 => "python3.10",
            Self::Python312 => "python3.12",
            Self::Custom => "custom",
            Self::CustomDebian10 => "custom.debian10",
            Self::CustomDebian11 => "custom.debian11",
            Self::CustomDebian12 => "custom.debian12",
            Self::Go1 => "go1",
            Self::Nodejs14 => "nodejs14",
            Self::Nodejs16 => "nodejs16",
            Self::Nodejs18 => "nodejs18",
            Self::Nodejs20 => "nodejs20",
        }
    }

    /// The version of Python that the cloud runs under this name, major and minor. None for runtimes of programs.
    pub fn python(self) -> Option<(u8, u8)> {
        match self {
            Self::Python3 => Some((3, 6)),
            Self::Python39 => Some((3, 9)),
            Self::Python310 => Some((3, 10)),
            Self::Python312 => Some((3, 12)),
            Self::Custom
            | Self::CustomDebian10
            | Self::CustomDebian11
            | Self::CustomDebian12
            | Self::Go1
            | Self::Nodejs14
            | Self::Nodejs16
            | Self::Nodejs18
            | Self::Nodejs20 => None,
        }
    }

    /// The version of Node.js that the cloud runs under this name. None for all other runtimes.
    pub fn node(self) -> Option<u32> {
        match self {
            Self::Nodejs14 => Some(14),
            Self::Nodejs16 => Some(16),
            Self::Nodejs18 => Some(18),
            Self::Nodejs20 => Some(20),
            _ => None,
        }
    }

    /// Whether its programs are servers of their own.
    pub(crate) fn listens(self) -> bool {
        matches!(
            self,
            Self::Custom | Self::CustomDebian10 | Self::CustomDebian11 | Self::CustomDebian12
        )
    }

    /// Whether programs get the security token in a header; in images of Debian 11 and later it is in the environment
    /// only.
    pub(crate) fn has_token_header(self) -> bool {
        !matches!(self, Self::CustomDebian11 | Self::CustomDebian12)
    }

    /// Whether the context has the reduced shape: no `credentials`, no `service`, no `tracing`.
    pub(crate) fn has_reduced_context(self) -> bool {
        self == Self::Python312
    }
}

impl fmt::Display for RuntimeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RuntimeName {
    type Err = UnknownRuntime;

    fn from_str(name: &str) -> Result<Self, UnknownRuntime> {
        Self::ALL
            .into_iter()
            .find(|runtime| runtime.as_str() == name)
            .ok_or_else(|| UnknownRuntime(name.into()))
    }
}

/// No runtime has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRuntime(String);

impl fmt::Display for UnknownRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "runtime `{}` is not available; ", self.0)?;
        if self.0 == "python2.7" {
            f.write_str("the cloud has retired it, and ")?;
        }
        f.write_str("the runtimes are ")?;
        f.write_str(&RuntimeName::ALL.map(RuntimeName::as_str).join(", "))
    }
}

impl std::error::Error for UnknownRuntime {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_names_are_read_and_written_alike() {
        for runtime in RuntimeName::ALL {
            assert_eq!(runtime.to_string().parse(), Ok(runtime));
        }
    }

    #[test]
    fn an_unknown_runtime_is_answered_with_the_known_ones() {
        let error = "python2.7".parse::<RuntimeName>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "runtime `python2.7` is not available; the cloud has retired it, and the runtimes are \
             python3, python3.9, python3.10, python3.12, custom, custom.debian10, custom.debian11, custom.debian12, \
             go1, nodejs14, nodejs16, nodejs18, nodejs20"
        );
    }

    #[test]
    fn a_copy_below_the_code_does_not_contain_itself() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("package/temporary")).unwrap();
        fs::write(folder.path().join("package/index.py"), "").unwrap();
        let place = folder.path().join("package/temporary/copy");
        let copy = copy_code(folder.path(), &place).unwrap();
        assert!(copy.join("package/index.py").exists());
        assert!(!copy.join("package/temporary/copy").exists());
    }

    #[test]
    fn files_of_a_copy_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let (code, place) = (folder.path().join("code"), folder.path().join("copy"));
        fs::create_dir(&code).unwrap();
        for (name, mode) in [("data", 0o444), ("program", 0o555)] {
            fs::write(code.join(name), "").unwrap();
            fs::set_permissions(code.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let copy = copy_code(&code, &place).unwrap();
        let mode = |name| fs::metadata(copy.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("data"), mode("program")), (0o644, 0o755));
    }

    #[test]
    fn a_word_is_found_in_python_files_only() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "import oss2").unwrap();
        let mut function =
            Function::new("f", "index.handler", RuntimeName::Python310, folder.path());
        assert!(!function.mentions("oss2"));
        fs::create_dir(folder.path().join("package")).unwrap();
        fs::write(folder.path().join("package/index.py"), "import oss2").unwrap();
        assert!(function.mentions("oss2"));
        function.code = folder.path().join("package/index.py");
        assert!(function.mentions("oss2"));
    }
}

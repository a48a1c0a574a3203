//! Which interpreter runs which runtime.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use fc::RuntimeName;

/// `PROGRAM`, for all runtimes of Python, or `RUNTIME=PROGRAM` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonSpec {
    /// All of them if absent.
    pub runtime: Option<RuntimeName>,
    /// The interpreter.
    pub program: PathBuf,
}

impl PythonSpec {
    /// The program for a runtime: that of the last one that names it, else of the last one for all.
    pub(crate) fn of(all: &[Self], runtime: RuntimeName) -> Option<&Path> {
        let for_it = |wanted| {
            let fits = move |spec: &&Self| spec.runtime == wanted;
            all.iter().rfind(fits).map(|spec| &*spec.program)
        };
        for_it(Some(runtime)).or_else(|| for_it(None))
    }
}

impl FromStr for PythonSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=');
        // A path may have an equals sign, too.
        let Some((name, program)) = parts.filter(|(name, _)| !name.contains('/')) else {
            return Ok(Self {
                runtime: None,
                program: text.into(),
            });
        };
        let runtime = name.parse().ok().filter(is_python).ok_or_else(|| {
            let names: Vec<&str> = pythons().map(RuntimeName::as_str).collect();
            let names = names.join(", ");
            format!("`{name}` is no runtime of Python that the cloud has; they are {names}")
        })?;
        if program.is_empty() {
            return Err(format!("the program for {name} is missing"));
        }
        Ok(Self {
            runtime: Some(runtime),
            program: program.into(),
        })
    }
}

/// The runtimes of Python.
pub(crate) fn pythons() -> impl Iterator<Item = RuntimeName> {
    RuntimeName::all().filter(is_python)
}

fn is_python(runtime: &RuntimeName) -> bool {
    runtime.python().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_for_all_runtimes_or_for_one() {
        let specs = ["/a", "python3.9=/b", "python3.9=/c", "/d=e/python"];
        let specs: Vec<PythonSpec> = specs.iter().map(|text| text.parse().unwrap()).collect();
        let of = |runtime| PythonSpec::of(&specs, runtime);
        assert_eq!(of(RuntimeName::Python39), Some("/c".as_ref()));
        assert_eq!(of(RuntimeName::Python310), Some("/d=e/python".as_ref()));
        assert_eq!(PythonSpec::of(&specs[1..3], RuntimeName::Python3), None);
    }

    #[test]
    fn names_that_the_cloud_does_not_have_are_refused() {
        for text in ["python3.11=/a", "custom=/a", "=/a", "python3.9="] {
            assert!(text.parse::<PythonSpec>().is_err(), "{text}");
        }
        let said = "python3.11=/a".parse::<PythonSpec>().unwrap_err();
        assert!(
            said.ends_with("python3, python3.9, python3.10, python3.12"),
            "{said}"
        );
    }
}

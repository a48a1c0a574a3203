//! The program that every Python instance runs. Interpreters compile a module once and a program every time, so it is a
//! module, and what an interpreter made of it when it was asked what it is lies beside it.

use std::fs;
use std::io;
use std::path::Path;

/// The source of the module.
pub(crate) const SOURCE: &str = include_str!("bootstrap.py");

/// The file that an interpreter is started with.
pub(crate) const PROGRAM: &str = "bootstrap.py";

/// Processes that a handler has multiprocessing start run it once more, under another name.
const MAIN: &str =
    "if __name__ == '__main__':\n    import _localyun_bootstrap\n    _localyun_bootstrap.main()\n";
const MODULE: &str = "_localyun_bootstrap";

/// The module as an interpreter keeps it. One that it was not made by takes the source instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiled {
    /// Such as `cpython-311`.
    tag: String,
    file: Vec<u8>,
}

impl Compiled {
    /// `TAG HEX`; none for anything else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (tag, hex) = text.split_once(' ')?;
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let digits = hex.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let file = digits.map(byte).collect::<Option<Vec<u8>>>()?;
        (tag.chars().all(legal) && !tag.is_empty()).then(|| Self {
            tag: tag.into(),
            file,
        })
    }
}

/// Writes the program and its module into a folder.
pub(crate) fn write(folder: &Path, compiled: Option<&Compiled>) -> io::Result<()> {
    fs::write(folder.join(PROGRAM), MAIN)?;
    fs::write(folder.join(format!("{MODULE}.py")), SOURCE)?;
    let Some(Compiled { tag, file }) = compiled else {
        return Ok(());
    };
    let cache = folder.join("__pycache__");
    fs::create_dir(&cache)?;
    fs::write(cache.join(format!("{MODULE}.{tag}.pyc")), file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_interpreter_would_say_is_kept() {
        let compiled = Compiled::read("cpython-311 00ff").unwrap();
        assert_eq!(compiled.file, [0, 255]);
        for nonsense in ["cpython-311", " 00", "../x 00", "cpython-311 0g", "x é"] {
            assert_eq!(Compiled::read(nonsense), None, "{nonsense}");
        }
    }
}

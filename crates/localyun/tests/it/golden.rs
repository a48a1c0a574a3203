//! Documents that a test writes. With `UPDATE_GOLDENS=1` in the environment they are written anew.

use std::fs;
use std::path::{Path, PathBuf};

/// The top of the repository.
pub(crate) fn top() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    top.canonicalize().expect("the repository is there")
}

/// Fails with the first line that differs, unless goldens are being written.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own switch, not configuration of the product"
)]
pub(crate) fn check(path: &str, text: &str) {
    let file = top().join(path);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&file, text).expect("the golden can be written");
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if kept == text {
        return;
    }
    let differs = kept.lines().zip(text.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or_else(|| kept.lines().count().min(text.lines().count()));
    panic!(
        "{path} has drifted at line {}:\n  kept: {}\n  now:  {}\nrun UPDATE_GOLDENS=1 cargo test -p localyun and read the diff",
        line + 1,
        kept.lines().nth(line).unwrap_or("(end)"),
        text.lines().nth(line).unwrap_or("(end)"),
    );
}

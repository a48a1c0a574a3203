//! `examples/permissions`: the questions that people ask most, each as a permission test whose explanations are kept.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::golden::{check, top};

fn puzzles() -> Vec<PathBuf> {
    let folder = top().join("examples/permissions");
    let entries = fs::read_dir(folder).expect("the examples are there");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    let mut puzzles: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    puzzles.sort();
    puzzles
}

/// What `permissions test --explain` says of each, run where it lies.
fn explanations(name: &str) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_localyun"))
        .args(["permissions", "test", "--explain", &format!("{name}.yaml")])
        .current_dir(top().join("examples/permissions"))
        .output()
        .expect("the binary runs");
    let text = String::from_utf8(done.stdout).expect("it prints text");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{name}: {text}{errors}");
    // The last line says how fast it was.
    let (told, last) = text
        .trim_end()
        .rsplit_once('\n')
        .expect("it says something");
    assert!(last.contains("expectations hold"), "{last}");
    told.trim_end().to_owned() + "\n"
}

#[test]
fn every_puzzle_is_explained() {
    let puzzles = puzzles();
    assert!(puzzles.len() >= 20, "{} puzzles", puzzles.len());
    for path in puzzles {
        let name = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("a puzzle can be read");
        assert!(text.starts_with("# \""), "{name} begins with the question");
        let told = explanations(&name);
        for verdict in ["DENIED", "ALLOWED"] {
            assert!(told.contains(verdict), "{name} has no {verdict}");
        }
        check(
            &format!("examples/permissions/explanations/{name}.txt"),
            &told,
        );
    }
}

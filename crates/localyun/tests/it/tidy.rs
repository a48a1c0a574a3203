//! The house rules that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use crate::golden::top;

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&top().join("crates"), "rs", &mut found);
    assert!(found.len() > 100, "the sources were not found");
    found
}

#[test]
fn no_file_is_longer_than_800_lines() {
    let long = sources().into_iter().filter(|path| {
        let text = fs::read_to_string(path).expect("a source can be read");
        text.lines().count() > 800
    });
    assert_eq!(long.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn nothing_is_called_mod_rs() {
    let named = sources()
        .into_iter()
        .filter(|path| path.ends_with("mod.rs"));
    assert_eq!(named.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

/// The dependencies of a crate, tests' own excluded.
fn dependencies(name: &str) -> Vec<String> {
    let text =
        fs::read_to_string(top().join(format!("crates/{name}/Cargo.toml"))).expect("a manifest");
    let section = text
        .split("[dependencies]")
        .nth(1)
        .expect("a manifest has dependencies");
    let section = section.split("\n[").next().unwrap_or_default();
    let names = section
        .lines()
        .filter_map(|line| line.split(['.', '=', ' ']).next());
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn policy_and_signature_are_pure() {
    for name in ["policy", "signature"] {
        for dependency in dependencies(name) {
            let impure = [
                "tokio",
                "futures-util",
                "async-trait",
                "tracing",
                "store",
                "gateway",
                "getrandom",
            ];
            assert!(
                !impure.contains(&dependency.as_str()),
                "{name} depends on {dependency}"
            );
        }
    }
}

#[test]
fn services_do_not_know_each_other() {
    let services = ["oss", "identity", "fc", "localyun"];
    for name in ["oss", "identity", "fc", "gateway", "store"] {
        for dependency in dependencies(name) {
            assert!(
                !services.contains(&dependency.as_str()),
                "{name} depends on {dependency}"
            );
        }
    }
}

/// `GetBucketAcl` → `get_bucket_acl`, `ListObjectsV2` → `list_objects_v2`, `GetOIDCProvider` → `get_oidc_provider`.
pub(crate) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in letters.iter().enumerate() {
        let after_a_word = at > 0 && !letters[at - 1].is_ascii_uppercase();
        let ends_a_run = at > 0 && letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_a_word || ends_a_run) {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[test]
fn every_operation_has_its_file_and_its_document() {
    for (folder, op, _) in crate::operations::implemented() {
        let folder = folder.split('#').next().unwrap_or_default();
        let path = top().join(format!("crates/{folder}/ops/{}.rs", snake(op)));
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text.contains(": Op<"),
            "{} does not hold the row of {op}",
            path.display()
        );
        assert!(
            text.contains("https://"),
            "{} does not link the vendor's document",
            path.display()
        );
    }
}

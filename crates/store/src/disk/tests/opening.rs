//! Folders that cannot be opened, and why.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::Path,
};

use tempfile::TempDir;

use super::Mounted;
use crate::{Batch, OpenError, Store};

/// Why a folder does not open, and that the sentence names a path in it.
#[track_caller]
fn refused(folder: &Path) -> OpenError {
    let error = Store::open(folder).expect_err("it is refused");
    let sentence = error.to_string();
    let folder = folder.canonicalize().unwrap();
    assert!(sentence.contains(folder.to_str().unwrap()), "{sentence}");
    error
}

/// Every file below a folder, with what is in it.
fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(contents(&path)),
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

async fn filled() -> TempDir {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for place in 0..100 {
        let mut batch = Batch::new();
        batch.put(format!("row {place}"), vec![7; 500]);
        store.meta.commit(batch).await.unwrap();
    }
    folder
}

#[tokio::test]
async fn makes_a_folder_that_is_not_there() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("a/b");
    let store = Store::open(&folder).unwrap();
    assert_eq!(store.backend(), "disk");
    assert_eq!(store.path().unwrap(), folder.canonicalize().unwrap());
    assert_eq!(
        fs::read_to_string(folder.join("FORMAT")).unwrap(),
        "localyun store 1\n"
    );
}

#[tokio::test]
async fn one_at_a_time() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert!(matches!(refused(folder.path()), OpenError::Locked { .. }));
    drop(store);
    Store::open(folder.path()).unwrap();
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_alone() {
    let folder = filled().await;
    fs::write(folder.path().join("FORMAT"), "localyun store 2\n").unwrap();
    let before = contents(folder.path());
    let sentence = refused(folder.path()).to_string();
    assert!(
        sentence.contains("format 2") && sentence.contains("format 1"),
        "{sentence}"
    );
    assert!(sentence.contains("newer version"), "{sentence}");
    assert!(contents(folder.path()) == before);
}

#[tokio::test]
async fn a_damaged_format_is_refused() {
    let folder = filled().await;
    for text in ["", "\0\0\0\0", "localyun store", "localyun store x\n"] {
        fs::write(folder.path().join("FORMAT"), text).unwrap();
        let error = refused(folder.path());
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_folder_of_something_else_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("thesis.txt"), "").unwrap();
    let sentence = refused(folder.path()).to_string();
    assert!(sentence.contains("thesis.txt"), "{sentence}");
    assert_eq!(contents(folder.path()).len(), 1);
}

#[tokio::test]
async fn a_path_that_is_a_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    let error = Store::open(file.join("below")).unwrap_err();
    assert!(error.to_string().contains("file/below"), "{error}");
}

#[tokio::test]
async fn a_making_that_was_cut_short_is_done_again() {
    // After the lock, in the middle of the engine's folder, in the middle of the format.
    for left in [
        &["LOCK"][..],
        &["LOCK", "rows.new"],
        &["LOCK", "rows.new", "FORMAT.new"],
    ] {
        let folder = TempDir::new().unwrap();
        for name in left {
            match *name {
                "rows.new" => {
                    fs::create_dir(folder.path().join(name)).unwrap();
                    fs::write(folder.path().join(name).join("0.jnl"), "half").unwrap();
                }
                name => fs::write(folder.path().join(name), "").unwrap(),
            }
        }
        Store::open(folder.path()).unwrap();
    }
    // Before its last step.
    let folder = filled().await;
    fs::rename(folder.path().join("rows"), folder.path().join("rows.new")).unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert!(store.meta.get(b"row 7").await.unwrap().is_some());
}

#[tokio::test]
async fn missing_rows_are_refused() {
    let folder = filled().await;
    fs::remove_dir_all(folder.path().join("rows")).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("missing"), "{error}");
}

#[tokio::test]
async fn a_damaged_journal_is_refused_and_named() {
    let folder = filled().await;
    let journal = folder.path().join("rows/0.jnl");
    let file = File::options().write(true).open(&journal).unwrap();
    file.write_all_at(b"damage", 3000).unwrap();
    let before = fs::read(&journal).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("0.jnl"), "{error}");
    assert!(fs::read(&journal).unwrap() == before);
}

#[tokio::test]
async fn other_damaged_files_are_refused() {
    for damaged in ["version", "keyspaces/0/current", "keyspaces/2/current"] {
        let folder = filled().await;
        let file = folder.path().join("rows").join(damaged);
        fs::write(&file, "damage").unwrap();
        let error = refused(folder.path());
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{damaged}: {error}"
        );
        let folder = filled().await;
        fs::remove_file(folder.path().join("rows").join(damaged)).unwrap();
        let error = refused(folder.path());
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{damaged} removed: {error}"
        );
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_refused() {
    // `/proc` takes no folders, whoever asks.
    let error = Store::open("/proc/localyun").unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    assert!(error.to_string().contains("/proc/localyun"), "{error}");

    let folder = filled().await;
    let Some(mounted) = Mounted::read_only(folder.path()) else {
        return;
    };
    let error = refused(folder.path());
    let OpenError::Io { error, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem);
    drop(mounted);
    let store = Store::open(folder.path()).unwrap();
    assert!(store.meta.get(b"row 7").await.unwrap().is_some());
}

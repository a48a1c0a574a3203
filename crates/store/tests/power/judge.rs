//! Whether a store that was opened after a power failure is as it must be.

use std::{collections::BTreeSet, fs, io, path::Path};

use store::{Error, LEASE, RESERVED, Store, Swept};

use crate::{
    history::Rows,
    life::Expected,
    writer::{COMMITS, Writer, blob_of, bytes, is_blob, noon},
};

/// What was found, and may be.
#[derive(Debug)]
pub(crate) struct Found {
    /// The rows of each writer.
    pub(crate) rows: Vec<Rows>,
    /// What the counter says.
    pub(crate) commits: i64,
}

/// Every writer's rows are as after some commit that may have been its last; the counter says just how many there
/// were; every blob that a row names is whole; and after a sweep past all leases nothing else is left.
pub(crate) async fn judge(
    store: &Store,
    folder: &Path,
    expected: &Expected,
) -> Result<Found, String> {
    let failed = |error: Error| format!("reading: {error}");
    let mut found = Vec::new();
    for name in (0u8..).take(expected.histories.len()) {
        found.push(rows_of(store, name).await.map_err(failed)?);
    }
    let commits = store.meta.get(COMMITS.as_bytes()).await.map_err(failed)?;
    let commits = commits.map_or(0, |row| row.counter());
    if !(expected.or_nothing && commits == 0 && found.iter().all(Rows::is_empty)) {
        let total = total(expected, &found)?;
        if commits != total {
            return Err(format!(
                "the counter says {commits}; there are {total} commits"
            ));
        }
    }
    let named = blobs_are_whole(store, &found).await?;
    nothing_else_is_left(store, folder, &named).await?;
    Ok(Found {
        rows: found,
        commits,
    })
}

/// How many commits there were, by the writers' rows.
fn total(expected: &Expected, found: &[Rows]) -> Result<i64, String> {
    let mut total = expected.base;
    let known = expected.histories.iter().zip(&expected.spans).zip(found);
    for (name, ((history, span), rows)) in known.enumerate() {
        let place = history.place(*span, rows);
        total += place.map_err(|error| format!("writer {name}: {error}"))? as i64;
    }
    Ok(total)
}

async fn rows_of(store: &Store, name: u8) -> Result<Rows, Error> {
    let view = store.meta.view().await?;
    let mut rows = Rows::new();
    for prefix in Writer::prefixes(name) {
        for row in view.cursor(&prefix).take(usize::MAX).await? {
            rows.insert(row.key.to_vec(), row.value);
        }
    }
    Ok(rows)
}

/// Returns the names of all blobs that rows name.
async fn blobs_are_whole(store: &Store, found: &[Rows]) -> Result<BTreeSet<String>, String> {
    let mut named = BTreeSet::new();
    let rows = found.iter().flatten().filter(|(key, _)| is_blob(key));
    for (key, row) in rows {
        let (id, seed, len) = blob_of(row);
        if named.insert(id.to_string()) {
            let key = key.escape_ascii();
            let content = store.blobs.read(id, 0..u64::MAX).await;
            let content = content.map_err(|error| format!("the blob of {key}: {error}"))?;
            let read = content.into_bytes().await;
            let read = read.map_err(|error| format!("the blob of {key}: {error}"))?;
            if read != bytes(seed, len) {
                return Err(format!(
                    "the blob of {key} is not what was written; {} of {len} bytes",
                    read.len()
                ));
            }
        }
    }
    Ok(named)
}

async fn nothing_else_is_left(
    store: &Store,
    folder: &Path,
    named: &BTreeSet<String>,
) -> Result<(), String> {
    let failed = |error: Error| format!("sweeping: {error}");
    let later = noon() + LEASE * 2;
    let mut rounds = 0;
    loop {
        let swept = store.sweep(later).await.map_err(failed)?;
        rounds += 1;
        if swept == Swept::default() {
            break;
        }
        if swept.failed > 0 || rounds > 3 {
            return Err(format!("sweeping does not come to an end: {swept:?}"));
        }
    }
    let files = files(folder).map_err(|error| format!("listing: {error}"))?;
    if let Some(file) = files.symmetric_difference(named).next() {
        return Err(format!(
            "the blobs {files:?} are there, {named:?} are owned, e.g. {file}"
        ));
    }
    let view = store.meta.view().await.map_err(failed)?;
    for area in RESERVED {
        for row in view
            .cursor(area.as_bytes())
            .take(usize::MAX)
            .await
            .map_err(failed)?
        {
            let id = row.key.get(area.len()..area.len() + 16).unwrap_or_default();
            let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            if area != "blob/" || !named.contains(&id) {
                return Err(format!("the row {} is left", row.key.escape_ascii()));
            }
        }
    }
    Ok(())
}

/// Whatever is where blobs are, and where they are written.
fn files(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.join("blobs"), folder.join("tmp")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

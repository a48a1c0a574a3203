//! What is in the folder of a server that was killed, before the next one starts.

use std::{collections::BTreeSet, error::Error, fs, io, path::Path};

use gateway::Clock;
use store::{BlobId, LEASE, RESERVED, Store, Swept};

/// What the rows about who owns a blob begin with.
const BLOB: &[u8] = b"blob/";

/// Sweeps as the server would when every lease is over, and returns how many blobs are there that nobody owns. An
/// owned blob that is not there is an error.
pub(crate) fn sweep(data: &Path) -> Result<u64, Box<dyn Error>> {
    let owned = runtime()?.block_on(async {
        let store = open(data)?;
        let later = Clock::system().wall() + LEASE * 2;
        oss::Oss::new(store.clone()).sweep().await?;
        while store.sweep(later).await? != Swept::default() {}
        owned(&store).await
    })?;
    let found = files(data)?;
    if let Some(missing) = owned.difference(&found).next() {
        return Err(format!("the blob {missing} has an owner and is not there").into());
    }
    Ok(found.difference(&owned).count() as u64)
}

/// How many blobs, and rows about blobs, there are.
pub(crate) fn count(data: &Path) -> Result<u64, Box<dyn Error>> {
    let rows = runtime()?.block_on(async {
        let view = open(data)?.meta.view().await?;
        let mut rows = 0;
        for area in RESERVED {
            rows += view.cursor(area.as_bytes()).take(usize::MAX).await?.len();
        }
        Ok::<_, Box<dyn Error>>(rows)
    })?;
    Ok((rows + files(data)?.len()) as u64)
}

fn open(data: &Path) -> Result<Store, Box<dyn Error>> {
    Ok(Store::open(data)?)
}

/// The blobs that somebody owns, by name.
async fn owned(store: &Store) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let rows = store
        .meta
        .view()
        .await?
        .cursor(BLOB)
        .take(usize::MAX)
        .await?;
    let owner = |key: &[u8]| {
        let (id, owner) = key.strip_prefix(BLOB)?.split_at_checked(16)?;
        let id = BlobId::from_bytes(id.try_into().ok()?);
        (!owner.is_empty()).then(|| id.to_string())
    };
    Ok(rows.iter().filter_map(|row| owner(&row.key)).collect())
}

/// The blobs that are there, and whatever else is where blobs are.
fn files(data: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![data.join("blobs"), data.join("tmp")];
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

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

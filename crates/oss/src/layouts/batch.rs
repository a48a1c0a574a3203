//! What a commit does to layouts.

use gateway::Fault;
use store::{Batch, BlobId, Meta};

use crate::locate::Found;
use crate::rows::{self, BodyAt, Bucket, CHUNK, Chunk, Extent, Holders, LayoutId, Trash};

/// What is to be done once the commit that takes an object away has come through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// Nothing.
    Nothing,
    /// This blob has one owner less.
    Blob(BlobId),
    /// This layout is in the trash.
    Layout(LayoutId),
}

/// Takes its bytes from an object that goes away. A layout that stays the object's own (`kept`) is left alone.
pub(crate) async fn leave(
    meta: &dyn Meta,
    batch: &mut Batch,
    bucket: &Bucket,
    old: &Found,
    kept: Option<LayoutId>,
) -> Result<Gone, Fault> {
    match &old.object.body {
        BodyAt::Empty => Ok(Gone::Nothing),
        BodyAt::Small(body) => {
            batch.delete(rows::body_key(bucket.incarnation, body));
            Ok(Gone::Nothing)
        }
        BodyAt::Blob(id, owner) => {
            store::disown(batch, *id, owner);
            Ok(Gone::Blob(*id))
        }
        BodyAt::Layout(id) if kept == Some(*id) => Ok(Gone::Nothing),
        BodyAt::Layout(id) => let_go(meta, batch, id).await,
    }
}

async fn let_go(meta: &dyn Meta, batch: &mut Batch, id: &LayoutId) -> Result<Gone, Fault> {
    let row = rows::layout_key(id);
    let Some(held) = meta.get(&row).await? else {
        // The object has changed since it was looked up, and so the commit fails.
        batch.expect_present(row);
        return Ok(Gone::Nothing);
    };
    batch.expect_version(&row, held.version);
    let Holders(holders) = Holders::decode(&held.value)?;
    if holders > 1 {
        batch.put(row, Holders(holders - 1).encode()?);
        return Ok(Gone::Nothing);
    }
    batch
        .delete(row)
        .put(rows::trash_key(id), Trash::Layout.encode()?);
    Ok(Gone::Layout(*id))
}

/// Gives a layout to one more object. False if it is gone.
pub(crate) async fn hold(meta: &dyn Meta, batch: &mut Batch, id: &LayoutId) -> Result<bool, Fault> {
    let row = rows::layout_key(id);
    let Some(held) = meta.get(&row).await? else {
        return Ok(false);
    };
    let Holders(holders) = Holders::decode(&held.value)?;
    batch
        .expect_version(&row, held.version)
        .put(row, Holders(holders + 1).encode()?);
    Ok(true)
}

/// Writes the rows of a new layout.
pub(crate) fn begin(batch: &mut Batch, id: &LayoutId, extents: &[Extent]) -> Result<(), Fault> {
    batch.put(rows::layout_key(id), Holders(1).encode()?);
    let mut end = 0;
    for some in extents.chunks(CHUNK) {
        let chunk = Chunk(some.to_vec());
        end += chunk.len();
        batch.put(rows::chunk_key(id, end), chunk.encode()?);
    }
    Ok(())
}

/// Adds an extent to a layout of `size` bytes, of which nobody else adds to: the caller's commit expects the object's
/// head. Writes one row of extents, whatever the size.
pub(crate) async fn grow(
    meta: &dyn Meta,
    batch: &mut Batch,
    id: &LayoutId,
    size: u64,
    extent: Extent,
) -> Result<(), Fault> {
    let last = rows::chunk_key(id, size);
    let row = meta.get(&last).await?;
    let mut chunk = row.map_or(Ok(Chunk::default()), |row| Chunk::decode(&row.value))?;
    if chunk.0.len() < CHUNK {
        batch.delete(last);
    } else {
        chunk = Chunk::default();
    }
    chunk.0.push(extent);
    batch.put(rows::chunk_key(id, size + extent.len), chunk.encode()?);
    Ok(())
}

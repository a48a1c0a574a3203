//! Storing a part.

use gateway::Fault;
use store::{Batch, Error};

use super::Running;
use crate::events::{After, Telling};
use crate::layouts;
use crate::objects::{ATTEMPTS, Incoming, contended, store_extent};
use crate::rows::{self, Extent, NewBody, Part};
use crate::{Oss, fault};

/// A part to be stored.
#[derive(Debug)]
pub(crate) struct NewPart {
    pub(crate) number: u16,
    pub(crate) incoming: Incoming,
    /// Where the part begins inside of a blob that it shares.
    pub(crate) start: u64,
    /// Virtual time in milliseconds since 1970.
    pub(crate) modified: i64,
}

/// What came of storing a part.
#[derive(Debug)]
pub(crate) enum Stored {
    Done(Part),
    /// The upload has ended.
    NoUpload,
    /// A blob that was to be shared is not there any more.
    SourceGone,
}

impl Oss {
    /// Stores a part instead of the one that had its number. A blob that was received is let go if that fails.
    ///
    /// Errors: `PartNotSequential`.
    pub(crate) async fn put_part(
        &self,
        running: &Running,
        new: &NewPart,
        tell: &Telling<'_>,
    ) -> Result<Stored, Fault> {
        let outcome = self.try_put_part(running, new, tell).await;
        if let (Ok(Stored::NoUpload) | Err(_), NewBody::Received(id)) =
            (&outcome, &new.incoming.body)
        {
            self.let_go(*id).await;
        }
        outcome
    }

    async fn try_put_part(
        &self,
        running: &Running,
        new: &NewPart,
        tell: &Telling<'_>,
    ) -> Result<Stored, Fault> {
        let row = rows::part_key(&running.id, new.number);
        let name = self.body_ids.next();
        for _ in 0..ATTEMPTS {
            let mut batch = Batch::new();
            batch.expect_version(&running.row, running.version);
            self.expect_order(&mut batch, running, new.number).await?;
            let replaced = self.replace_part(&mut batch, &row).await?;
            let body = &new.incoming.body;
            let extent = store_extent(&mut batch, body, new.incoming.size, name);
            let start = new.start;
            let part = Part {
                extent: extent.map(|extent| Extent { start, ..extent }),
                md5: new.incoming.md5,
                crc64: new.incoming.crc64,
                modified: new.modified,
            };
            batch.put(&row, part.encode()?);
            let told = tell.join(&mut batch, None, After::Same).await?;
            match self.store.meta.commit(batch).await {
                Ok(_) => {
                    told.happened();
                    if let Some(id) = replaced.as_ref().and_then(layouts::blob) {
                        self.let_go(id).await;
                    }
                    return Ok(Stored::Done(part));
                }
                Err(Error::Conflict { key }) if *key == *running.row => {
                    return Ok(Stored::NoUpload);
                }
                Err(Error::Conflict { key }) if key.starts_with(b"oss/") => {}
                Err(Error::Conflict { .. }) if matches!(body, NewBody::Shared(_)) => {
                    return Ok(Stored::SourceGone);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }

    /// Takes its bytes from the part that is there, as it is now. Returns what they were.
    async fn replace_part(&self, batch: &mut Batch, row: &[u8]) -> Result<Option<Extent>, Fault> {
        let Some(old) = self.store.meta.get(row).await? else {
            batch.expect_absent(row);
            return Ok(None);
        };
        batch.expect_version(row, old.version);
        let extent = Part::decode(&old.value)?.extent;
        if let Some(extent) = &extent {
            layouts::drop_extent(batch, extent);
        }
        Ok(extent)
    }

    /// In an upload whose parts must come in order, every part but the first expects the one before it.
    async fn expect_order(
        &self,
        batch: &mut Batch,
        running: &Running,
        number: u16,
    ) -> Result<(), Fault> {
        if !running.upload.sequential || number <= 1 {
            return Ok(());
        }
        let before = rows::part_key(&running.id, number - 1);
        if self.store.meta.get(&before).await?.is_none() {
            return Err(fault::multipart::part_not_sequential());
        }
        batch.expect_present(before);
        Ok(())
    }
}

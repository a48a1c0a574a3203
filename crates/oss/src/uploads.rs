//! Uploads in parts. Nothing here knows of HTTP.
//!
//! An upload is one row, and so is each of its parts. A part is one extent already, so to complete an upload is to write
//! the extents of its parts down in order, whatever they weigh. Whatever puts a part expects the upload's row, which
//! ends with the upload; what parts are there then that did not become part of the object goes to the trash.

mod complete;
mod list;
mod part;

use gateway::Fault;
use store::{Batch, Error};

use crate::Oss;
use crate::events::{After, Telling};
use crate::locate::ObjectTarget;
use crate::objects::{ATTEMPTS, contended};
use crate::rows::{self, Part, Trash, Upload, UploadId};

pub(crate) use complete::{Completion, Listed};
pub(crate) use list::{Ask, Pending, Uploads};
pub(crate) use part::{NewPart, Stored};

/// The greatest number of a part.
pub(crate) const MAX_PART: u16 = 10_000;

/// An upload as it was looked up.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) id: UploadId,
    pub(crate) upload: Upload,
    /// Its row.
    row: Vec<u8>,
    /// The row's version.
    version: u64,
}

/// A part as it was looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundPart {
    pub(crate) number: u16,
    pub(crate) part: Part,
    /// The row's version.
    version: u64,
}

/// The upload that a client's text names.
pub(crate) fn parse_id(text: &str) -> Option<UploadId> {
    let plain = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
    if text.len() != 32 || !text.bytes().all(plain) {
        return None;
    }
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}

impl Oss {
    /// Begins an upload to a place.
    ///
    /// Errors: `NoSuchBucket` when the bucket goes away meanwhile.
    pub(crate) async fn begin_upload(
        &self,
        at: &ObjectTarget,
        upload: &Upload,
        tell: &Telling<'_>,
    ) -> Result<UploadId, Fault> {
        let id = *store::BlobId::random()?.as_bytes();
        let row = rows::upload_key(at.bucket.incarnation, &at.key, &id);
        for _ in 0..ATTEMPTS {
            let mut batch = Batch::new();
            self.expect_standing(&mut batch, &at.bucket).await?;
            batch.expect_absent(&row).put(&row, upload.encode()?);
            let told = tell.join(&mut batch, None, After::Same).await?;
            match self.store.meta.commit(batch).await {
                Ok(_) => {
                    told.happened();
                    return Ok(id);
                }
                Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(contended())
    }

    /// The upload of this name to a place.
    pub(crate) async fn find_upload(
        &self,
        at: &ObjectTarget,
        id: &UploadId,
    ) -> Result<Option<Running>, Fault> {
        let row = rows::upload_key(at.bucket.incarnation, &at.key, id);
        let Some(found) = self.store.meta.get(&row).await? else {
            return Ok(None);
        };
        Ok(Some(Running {
            id: *id,
            upload: Upload::decode(&found.value)?,
            row,
            version: found.version,
        }))
    }

    /// Ends an upload and removes its parts. False if it has ended already.
    pub(crate) async fn abort_upload(
        &self,
        running: &Running,
        tell: &Telling<'_>,
    ) -> Result<bool, Fault> {
        let mut batch = Batch::new();
        running.end(&mut batch)?;
        let told = tell.join(&mut batch, None, After::Same).await?;
        match self.store.meta.commit(batch).await {
            Ok(_) => {
                told.happened();
                self.layouts.clean_soon(running.id);
            }
            Err(Error::Conflict { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// All parts of an upload in order, as they were at one instant.
    pub(crate) async fn parts(&self, id: &UploadId) -> Result<Vec<FoundPart>, Fault> {
        self.parts_after(id, 0, usize::MAX).await
    }

    /// Up to `limit` parts whose numbers are greater than `after`.
    pub(crate) async fn parts_after(
        &self,
        id: &UploadId,
        after: u16,
        limit: usize,
    ) -> Result<Vec<FoundPart>, Fault> {
        let prefix = rows::parts(id);
        let mut rows = self.store.meta.view().await?.cursor(&prefix);
        if after == u16::MAX {
            return Ok(Vec::new());
        }
        rows.seek(&rows::part_key(id, after + 1)).await?;
        let mut parts = Vec::new();
        while parts.len() < limit {
            let Some(row) = rows.next().await? else { break };
            let number = row.key.get(prefix.len()..).unwrap_or_default();
            parts.push(FoundPart {
                number: u16::from_be_bytes(number.try_into().map_err(Fault::internal)?),
                part: Part::decode(&row.value)?,
                version: row.version,
            });
        }
        Ok(parts)
    }
}

impl Running {
    /// Expects the upload to be there, and ends it.
    fn end(&self, batch: &mut Batch) -> Result<(), Fault> {
        batch
            .expect_version(&self.row, self.version)
            .delete(&self.row)
            .put(rows::trash_key(&self.id), Trash::Parts.encode()?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_32_digits_in_upper_case() {
        let id = [0xAB; 16];
        assert_eq!(parse_id(&rows::upper_hex(&id)), Some(id));
        for text in [
            "",
            "AB",
            &"ab".repeat(16),
            &"AB".repeat(17),
            &"+B".repeat(16),
            &"é".repeat(16),
        ] {
            assert_eq!(parse_id(text), None, "{text}");
        }
    }
}

//! Putting an object together from its parts.

use fast_md5::Md5;
use futures_util::StreamExt;
use gateway::{Fault, crc64};
use store::{Batch, Error};

use super::{FoundPart, Running};
use crate::Oss;
use crate::events::Telling;
use crate::fault::multipart as fault;
use crate::locate::ObjectTarget;
use crate::objects::{ATTEMPTS, New, Put, contended};
use crate::rows::{self, BodyAt, Etag, Extent, NewBody, Object, ObjectType};

/// The least that a part has, except the last: 100 KB (EC page 0042-00000213).
const MIN_SIZE: u64 = 100 * 1024;

/// A part as the client lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) number: u16,
    /// In upper case and without quotes.
    pub(crate) etag: String,
}

/// What the request that completes an upload says.
#[derive(Debug)]
pub(crate) struct Completion {
    /// The parts; every one that is there if `None`.
    pub(crate) parts: Option<Vec<Listed>>,
    pub(crate) acl: Option<rows::ObjectAcl>,
    pub(crate) forbid_overwrite: bool,
    /// Virtual time in milliseconds since 1970.
    pub(crate) modified: i64,
}

impl Oss {
    /// Ends an upload and puts the object of its parts in its place, in one commit. Returns the object; `None` if the
    /// upload has ended already.
    ///
    /// Errors: `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `FileAlreadyExists`; nothing changes then.
    pub(crate) async fn complete(
        &self,
        at: &ObjectTarget,
        running: &Running,
        how: &Completion,
        tell: &Telling<'_>,
    ) -> Result<Option<Object>, Fault> {
        for _ in 0..ATTEMPTS {
            let there = self.parts(&running.id).await?;
            let parts = match running.choose(&there, how) {
                Ok(parts) => parts,
                // Its parts are gone too where somebody else has ended it since it was looked up.
                Err(refused) => match self.find_upload(at, &running.id).await? {
                    Some(_) => return Err(refused),
                    None => return Ok(None),
                },
            };
            let object = match self.object_of(running, how, &parts).await {
                Ok(object) => object,
                // A part that was replaced while it was read: look again.
                Err(Error::Missing(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            let extents: Vec<Extent> = parts.iter().filter_map(|found| found.part.extent).collect();
            let new = New {
                object: object.clone(),
                body: match extents.is_empty() {
                    true => NewBody::Empty,
                    false => NewBody::Extents(extents),
                },
                forbid_overwrite: how.forbid_overwrite || running.upload.forbid_overwrite,
            };
            let ending = ending(running, &parts)?;
            if matches!(self.put_with(at, new, ending, tell).await?, Put::Done) {
                self.layouts.clean_soon(running.id);
                return Ok(Some(object));
            }
            match self.find_upload(at, &running.id).await? {
                Some(_) => {} // a part was replaced meanwhile
                None => return Ok(None),
            }
        }
        Err(contended())
    }

    async fn object_of(
        &self,
        running: &Running,
        how: &Completion,
        parts: &[FoundPart],
    ) -> Result<Object, Error> {
        let upload = &running.upload;
        let etag = etag(parts);
        let etag = match upload.sequential {
            true => Etag::Both(etag, self.md5_of(parts).await?),
            false => Etag::Text(etag),
        };
        let add = |crc, found: &FoundPart| crc64::combine(crc, found.part.crc64, found.part.size());
        Ok(Object {
            size: parts.iter().map(|found| found.part.size()).sum(),
            etag,
            crc64: Some(parts.iter().fold(0, add)),
            modified: how.modified,
            kind: ObjectType::Multipart,
            storage_class: upload.storage_class,
            acl: how.acl.unwrap_or(upload.acl),
            metadata: upload.metadata.clone(),
            extras: upload.extras.clone(),
            body: BodyAt::Empty,
        })
    }

    /// The MD5 of all bytes. It can only be had by reading them, and only uploads in order have it (§6.8).
    async fn md5_of(&self, parts: &[FoundPart]) -> Result<[u8; 16], Error> {
        let mut md5 = Md5::new();
        for extent in parts.iter().filter_map(|found| found.part.extent.as_ref()) {
            let mut stream = self.layouts.read_extent(extent).await?.into_stream();
            while let Some(bytes) = stream.next().await {
                md5.update(&bytes?);
            }
        }
        Ok(md5.finalize())
    }
}

impl Running {
    /// The parts that the object is put together from, of those that are there.
    fn choose(&self, there: &[FoundPart], how: &Completion) -> Result<Vec<FoundPart>, Fault> {
        let parts = chosen(there, how.parts.as_deref())?;
        self.check_order(&parts)?;
        Ok(parts)
    }

    /// In an upload whose parts come in order, none may be left out.
    fn check_order(&self, parts: &[FoundPart]) -> Result<(), Fault> {
        let in_order = parts
            .iter()
            .map(|found| found.number)
            .eq((1..).take(parts.len()));
        match self.upload.sequential && !in_order {
            true => Err(fault::part_not_sequential()),
            false => Ok(()),
        }
    }
}

/// What a commit expects and removes that ends an upload with these parts.
fn ending(running: &Running, parts: &[FoundPart]) -> Result<Batch, Fault> {
    let mut batch = Batch::new();
    running.end(&mut batch)?;
    for found in parts {
        let row = rows::part_key(&running.id, found.number);
        batch.expect_version(&row, found.version).delete(&row);
    }
    Ok(batch)
}

/// The parts that the client wants, of those that are there.
fn chosen(there: &[FoundPart], listed: Option<&[Listed]>) -> Result<Vec<FoundPart>, Fault> {
    let parts = match listed {
        None if there.is_empty() => return Err(fault::malformed_complete("there is no part.")),
        None => there.to_vec(),
        Some(listed) => {
            if !listed.is_sorted_by(|a, b| a.number < b.number) {
                return Err(fault::invalid_part_order());
            }
            let find = |listed: &Listed| find(there, listed);
            listed.iter().map(find).collect::<Result<_, _>>()?
        }
    };
    let but_last = parts.split_last().map_or(&[][..], |(_, others)| others);
    match but_last.iter().find(|found| found.part.size() < MIN_SIZE) {
        None => Ok(parts),
        Some(found) => Err(fault::entity_too_small(
            found.number,
            &rows::upper_hex(&found.part.md5),
            found.part.size(),
            MIN_SIZE,
        )),
    }
}

fn find(there: &[FoundPart], listed: &Listed) -> Result<FoundPart, Fault> {
    let at = there.binary_search_by_key(&listed.number, |found| found.number);
    let found = at.ok().and_then(|at| there.get(at));
    match found.filter(|found| rows::upper_hex(&found.part.md5) == listed.etag) {
        Some(found) => Ok(*found),
        None => Err(fault::invalid_part(listed.number, &listed.etag)),
    }
}

/// The ETag of an object of these parts: the MD5 of theirs, and how many there are (§6.2). What the service digests is
/// not said; this is what other services do.
fn etag(parts: &[FoundPart]) -> Box<str> {
    let mut md5 = Md5::new();
    for found in parts {
        md5.update(&found.part.md5);
    }
    format!("{}-{}", rows::upper_hex(&md5.finalize()), parts.len()).into()
}

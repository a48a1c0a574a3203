//! Reading across extents.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use gateway::{Fault, ResponseBody};
use store::{ByteStream, Content, Error};

use super::extents::{Cut, cuts};
use super::{Layouts, Pin};
use crate::rows::{self, Chunk, Extent, LayoutId, Piece};

impl Layouts {
    /// These bytes of a layout, not copied. `None` if it is gone. The range is not empty and lies inside.
    ///
    /// What is in one extent is opened at once. Otherwise the extents are opened one after the other as they are sent,
    /// and the layout stays until the last has been.
    pub(crate) async fn open(
        self: &Arc<Self>,
        id: LayoutId,
        range: Range<u64>,
    ) -> Result<Option<ResponseBody>, Fault> {
        let pin = self.pin(id);
        if self.store.meta.get(&rows::layout_key(&id)).await?.is_none() {
            return Ok(None);
        }
        let left = range.end - range.start;
        let mut reading = Reading {
            pin,
            range,
            cuts: VecDeque::new(),
            piece: None,
        };
        reading.load().await?;
        let first = reading.cuts.front();
        if let Some(whole) = first.filter(|cut| cut.len() == left).cloned() {
            let content = self.content(whole).await?;
            return Ok(Some(response(content, left)));
        }
        let stream = stream::unfold(Some(reading), step).boxed();
        Ok(Some(ResponseBody::Stream { stream, left }))
    }

    /// The bytes of one extent that nobody takes away.
    pub(crate) async fn read_extent(&self, extent: &Extent) -> Result<Content, Error> {
        self.content(Cut {
            at: extent.at,
            range: extent.start..extent.start + extent.len,
        })
        .await
    }

    /// The bytes of one extent.
    async fn content(&self, cut: Cut) -> Result<Content, Error> {
        match cut.at {
            Piece::Blob(id, _) => self.store.blobs.read(id, cut.range).await,
            Piece::Small(body) => {
                let row = self.store.meta.get(&rows::piece_key(&body)).await?;
                let part = row.and_then(|row| {
                    let start = usize::try_from(cut.range.start).ok()?;
                    let end = usize::try_from(cut.range.end).ok()?;
                    (end <= row.value.len()).then(|| row.value.slice(start..end))
                });
                let part =
                    part.ok_or_else(|| damaged("a small extent is not what its layout says"))?;
                Ok(Content::Bytes(vec![part]))
            }
        }
    }
}

/// Content of `left` bytes as the body of an answer.
pub(crate) fn response(content: Content, left: u64) -> ResponseBody {
    match content {
        Content::Bytes(pieces) => ResponseBody::Chunks(pieces.into()),
        Content::File(content) => ResponseBody::File(content),
        Content::Stream(stream) => ResponseBody::Stream { stream, left },
    }
}

fn damaged(what: &str) -> Error {
    Error::Damaged {
        what: format!("{what}."),
    }
}

/// A place between two bytes of a layout.
struct Reading {
    pin: Pin,
    /// What is not in `cuts` or `piece` yet.
    range: Range<u64>,
    cuts: VecDeque<Cut>,
    piece: Option<ByteStream>,
}

/// The next bytes. Nothing follows an error.
async fn step(reading: Option<Reading>) -> Option<(io::Result<Bytes>, Option<Reading>)> {
    let mut reading = reading?;
    match reading.next().await {
        Ok(Some(bytes)) => Some((Ok(bytes), Some(reading))),
        Ok(None) => None,
        Err(Error::Io(error)) => Some((Err(error), None)),
        Err(error) => Some((Err(io::Error::other(error)), None)),
    }
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if let Some(piece) = &mut self.piece {
                match piece.next().await {
                    Some(bytes) => return Ok(Some(bytes?)),
                    None => self.piece = None,
                }
            }
            if self.cuts.is_empty() && !self.range.is_empty() {
                self.load().await?;
            }
            let Some(cut) = self.cuts.pop_front() else {
                return Ok(None);
            };
            let content = self.pin.layouts.content(cut).await?;
            self.piece = Some(content.into_stream());
        }
    }

    /// Reads the row of extents that has the next byte.
    async fn load(&mut self) -> Result<(), Error> {
        let (id, meta) = (&self.pin.id, &self.pin.layouts.store.meta);
        let prefix = rows::layout_key(id);
        let mut rows = meta.view().await?.cursor(&prefix);
        rows.seek(&rows::chunk_key(id, self.range.start + 1))
            .await?;
        let row = rows.next().await?;
        let row = row.ok_or_else(|| damaged("a layout is shorter than its object"))?;
        let end = row
            .key
            .get(prefix.len()..)
            .and_then(|end| end.try_into().ok());
        let end = end.map(u64::from_be_bytes);
        let chunk = Chunk::decode(&row.value).ok();
        let (Some(end), Some(chunk)) = (end, chunk) else {
            return Err(damaged("a row of extents cannot be read"));
        };
        self.cuts = cuts(&chunk, end, &self.range).into();
        self.range.start = end.min(self.range.end);
        Ok(())
    }
}

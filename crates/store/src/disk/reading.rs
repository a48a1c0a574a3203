//! Reading a blob's file.

use std::{fs::File, io, ops::Range};

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::ByteStream;

/// A file is read in pieces of this many bytes: what a socket takes at once, more or less.
const FRAME: u64 = 256 * 1024;

/// A part of a file, to be read piece by piece.
///
/// Reading is done where it is asked for: it copies from the page cache, which takes less time than moving the work to
/// another thread. Where the device must be waited for, the thread that asks waits.
#[derive(Debug)]
pub struct FileContent {
    file: File,
    /// What is still to be read.
    rest: Range<u64>,
}

impl FileContent {
    /// What of the file lies in `range`.
    pub(crate) fn new(file: File, range: Range<u64>) -> io::Result<FileContent> {
        let end = range.end.min(file.metadata()?.len());
        Ok(FileContent {
            file,
            rest: range.start.min(end)..end,
        })
    }

    /// How many bytes are still to be read.
    pub fn left(&self) -> u64 {
        self.rest.end - self.rest.start
    }

    /// The next bytes, at most 256 KiB; `None` at the end.
    pub fn next_frame(&mut self) -> io::Result<Option<Bytes>> {
        let len = self.left().min(FRAME);
        if len == 0 {
            return Ok(None);
        }
        let mut frame = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        while (frame.len() as u64) < len {
            let at = self.rest.start + frame.len() as u64;
            let read =
                rustix::io::pread(&self.file, rustix::buffer::spare_capacity(&mut frame), at);
            match read {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        frame.truncate(usize::try_from(len).unwrap_or(0)); // the room may be larger than was asked for
        self.rest.start += len;
        Ok(Some(frame.into()))
    }

    /// The bytes as they come.
    pub(crate) fn into_stream(self) -> ByteStream {
        stream::unfold(self, |mut content| async move {
            let frame = content.next_frame().transpose()?;
            Some((frame, content))
        })
        .boxed()
    }
}

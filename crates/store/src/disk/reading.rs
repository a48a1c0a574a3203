//! Reading a blob's file.

use std::{fs::File, io, ops::Range};

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::{Buffers, ByteStream};

/// A file is read in pieces of this many bytes: what a socket takes at once, more or less.
pub(super) const FRAME: usize = 256 * 1024;

/// A part of a file, to be read piece by piece.
///
/// Reading is done where it is asked for: it copies from the page cache, which takes less time than moving the work to
/// another thread. Where the device must be waited for, the thread that asks waits.
#[derive(Debug)]
pub struct FileContent {
    file: File,
    /// What is still to be read.
    rest: Range<u64>,
    /// What it is read into.
    buffers: Buffers,
}

impl FileContent {
    /// What of the file lies in `range`.
    pub(super) fn new(file: File, range: Range<u64>, buffers: Buffers) -> io::Result<FileContent> {
        let end = range.end.min(file.metadata()?.len());
        Ok(FileContent {
            file,
            rest: range.start.min(end)..end,
            buffers,
        })
    }

    /// How many bytes are still to be read.
    pub fn left(&self) -> u64 {
        self.rest.end - self.rest.start
    }

    /// The next bytes, at most 256 KiB; `None` at the end.
    pub fn next_frame(&mut self) -> io::Result<Option<Bytes>> {
        if self.left() == 0 {
            return Ok(None);
        }
        let mut buffer = self.buffers.take();
        while self.left() > 0 && !buffer.is_full() {
            let room = buffer.room();
            let len = room
                .len()
                .min(usize::try_from(self.left()).unwrap_or(usize::MAX));
            match rustix::io::pread(&self.file, &mut room[..len], self.rest.start) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buffer.filled(read);
                    self.rest.start += read as u64;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(buffer.freeze()))
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

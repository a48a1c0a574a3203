//! Where log lines go: standard error, written by a thread of its own.
//!
//! A line a request would be a system call a request. So lines are gathered, and a thread writes what there is, at
//! once where it was idle and every few milliseconds where it is not. Warnings and errors do not wait for it.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::stamp::Stamp;

/// How long the thread lets lines gather after it has written some.
const PAUSE: Duration = Duration::from_millis(5);
/// Who finds more bytes than this gathered writes them out: a reader of the log that is slow slows the server down,
/// and no line is lost.
const MOST: usize = 1 << 20;
/// How much of the room that lines took is kept for the next.
const KEPT: usize = 256 << 10;

/// Lines on their way to standard error.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines(Arc<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    /// Held while bytes are taken out and written, so that they are written in their order. Empty between.
    out: Mutex<Vec<u8>>,
    pending: Mutex<Pending>,
    some: Condvar,
}

/// Lines that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) bytes: Vec<u8>,
    /// For the times of lines that are made in here.
    pub(super) stamp: Stamp,
}

/// Writes out what there is when it is dropped.
#[derive(Debug)]
pub(super) struct Flush(Lines);

/// Takes one event.
#[derive(Debug)]
pub(super) struct Line<'a> {
    lines: &'a Lines,
    urgent: bool,
}

impl Lines {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<(Self, Flush)> {
        let lines = Self::default();
        let thread = lines.clone();
        std::thread::Builder::new()
            .name("log".into())
            .stack_size(64 << 10)
            .spawn(move || thread.write_for_ever())?;
        Ok((lines.clone(), Flush(lines)))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "there is nothing to wait for: lines gather meanwhile"
    )]
    fn write_for_ever(&self) {
        loop {
            let none = |pending: &mut Pending| pending.bytes.is_empty();
            drop(self.0.some.wait_while(self.pending(), none));
            self.write_out();
            std::thread::sleep(PAUSE);
        }
    }

    /// Adds what `write` does.
    pub(super) fn gather(&self, urgent: bool, write: impl FnOnce(&mut Pending)) {
        let mut pending = self.pending();
        let idle = pending.bytes.is_empty();
        write(&mut pending);
        let many = pending.bytes.len() > MOST;
        drop(pending);
        if urgent || many {
            self.write_out();
        } else if idle {
            self.0.some.notify_one();
        }
    }

    /// Nobody can be told when standard error is gone.
    fn write_out(&self) {
        let mut out = self.0.out.lock().unwrap_or_else(|e| e.into_inner());
        // Two buffers take turns, so that neither grows anew from nothing.
        std::mem::swap(&mut *out, &mut self.pending().bytes);
        let _ = io::stderr().lock().write_all(&out);
        out.clear();
        out.shrink_to(KEPT);
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.pending.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.0.write_out();
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            lines: self,
            urgent: false,
        }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Line<'a> {
        Line {
            lines: self,
            urgent: *meta.level() <= Level::WARN,
        }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let write = |pending: &mut Pending| pending.bytes.extend_from_slice(line);
        self.lines.gather(self.urgent, write);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

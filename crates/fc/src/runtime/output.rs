//! What a process and its children print.
//!
//! Both streams come through one pipe, so that `print` and `logging` keep their order. What a process has written is in the
//! pipe before it says that it is done: reading until the pipe is empty gives everything of a request, and no
//! waiting for an end that a grandchild may hold open.

use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::net::unix::pipe;

/// The longest log of one request.
const MAX_LOG: usize = 16 << 20;
/// The longest line, in bytes (`spec/fc.md` §1.7).
const MAX_LINE: usize = 32 << 10;
/// The largest pipe that an unprivileged process can make of its end: the most that can wait in it.
const MAX_WAITING: usize = 1 << 20;

/// The text of the current request.
#[derive(Debug)]
pub(crate) struct Output {
    pipe: pipe::Receiver,
    open: AtomicBool,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    text: Vec<u8>,
    /// How much of the last line there is.
    line: usize,
    dropped: usize,
}

impl Output {
    /// Starts to read a process's output.
    pub(crate) fn new(pipe: PipeReader) -> std::io::Result<Self> {
        let pipe = pipe::Receiver::from_owned_fd(OwnedFd::from(pipe))?;
        Ok(Self {
            pipe,
            open: AtomicBool::new(true),
            written: Mutex::default(),
        })
    }

    /// Waits for output and takes what is there. Once no writer is left it never returns. Safe to drop.
    pub(crate) async fn fill(&self) {
        let mut buffer = [0; 16 << 10];
        while self.open.load(Ordering::Relaxed) {
            let ready = self.pipe.readable().await;
            match ready.and_then(|()| self.pipe.try_read(&mut buffer)) {
                Ok(0) => self.open.store(false, Ordering::Relaxed),
                Ok(length) => return self.written().push(&buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => self.open.store(false, Ordering::Relaxed),
            }
        }
        std::future::pending().await
    }

    /// Takes what waits in the pipe now. It asks the kernel: the runtime's idea of the pipe may be a moment old.
    pub(crate) fn drain(&self) {
        let mut buffer = [0; 16 << 10];
        let mut total = 0;
        while total < MAX_WAITING {
            match rustix::io::read(&self.pipe, &mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    total += length;
                    self.written().push(&buffer[..length]);
                }
            }
        }
    }

    /// Adds a line of the host, on a line of its own.
    pub(crate) fn line(&self, line: &str) {
        self.written().line(line);
    }

    /// The text so far; the next request begins with none.
    pub(crate) fn take(&self) -> Vec<u8> {
        let mut written = self.written();
        written.line = 0;
        std::mem::take(&mut written.text)
    }

    /// The text so far, which stays.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.written().text).into_owned()
    }

    /// Puts text that was taken before what came since.
    pub(crate) fn give_back(&self, text: &[u8]) {
        self.written().text.splice(0..0, text.iter().copied());
    }

    /// Says how much was left out, if anything was.
    pub(crate) fn admit_losses(&self) {
        let mut written = self.written();
        let dropped = std::mem::take(&mut written.dropped);
        if dropped > 0 {
            written.line(&format!(
                "localyun: {dropped} more bytes of output were dropped"
            ));
        }
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    fn line(&mut self, line: &str) {
        if self.text.last().is_some_and(|&last| last != b'\n') {
            self.text.push(b'\n');
        }
        self.text.extend(line.as_bytes());
        self.text.push(b'\n');
        self.line = 0;
    }

    fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            let rest = MAX_LINE - self.line;
            self.line += self.add(line.unwrap_or(piece), rest);
            if line.is_some() {
                self.add(b"\n", 1);
                self.line = 0;
            }
        }
    }

    /// Adds what fits, at most so much. How much that was.
    fn add(&mut self, bytes: &[u8], most: usize) -> usize {
        let room = MAX_LOG.saturating_sub(self.text.len()).min(most);
        let fits = bytes.len().min(room);
        self.text.extend(&bytes[..fits]);
        self.dropped += bytes.len() - fits;
        fits
    }
}

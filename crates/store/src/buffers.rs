//! Large buffers that are used again.
//!
//! The allocator gives memory of this size back to the system, and the first touch of every page that is new costs more
//! than filling it does. A body passes through a few buffers over and over instead.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Buf, Bytes};

/// The most bytes that lie ready, per set: what eight uploads at a time pass through.
const SPARE: usize = 8 << 20;

/// Where buffers of one size come from and go back to. Clones are the same place.
#[derive(Clone)]
pub struct Buffers(Arc<Shelf>);

struct Shelf {
    size: usize,
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Shelf {
    fn spare(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buffers {
    /// Buffers of `size` bytes. None is made before it is taken.
    pub fn new(size: usize) -> Buffers {
        Buffers(Arc::new(Shelf {
            size,
            spare: Mutex::default(),
        }))
    }

    /// An empty buffer.
    pub fn take(&self) -> Buffer {
        let spare = self.0.spare().pop();
        Buffer {
            memory: spare.unwrap_or_else(|| Vec::with_capacity(self.0.size)),
            len: 0,
            home: self.0.clone(),
        }
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffers of {} bytes", self.0.size)
    }
}

/// A buffer that goes back to where it came from when it and all that was made of it are dropped.
pub struct Buffer {
    /// As long as what was ever in it: only that has been written to.
    memory: Vec<u8>,
    /// How much of it is filled.
    len: usize,
    home: Arc<Shelf>,
}

impl Buffer {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it takes no more.
    pub fn is_full(&self) -> bool {
        self.len == self.home.size
    }

    /// Moves the first bytes of `from` into it, as many as there is room for.
    pub fn fill(&mut self, from: &mut Bytes) {
        let len = from.len().min(self.home.size - self.len);
        let written = &mut self.memory[self.len..];
        let (over, new) = from[..len].split_at(len.min(written.len()));
        written[..over.len()].copy_from_slice(over);
        self.memory.extend_from_slice(new);
        from.advance(len);
        if from.is_empty() {
            // What it was a part of may be waited for: a connection reads into the same memory again once nobody has any
            // of it, and into new memory until then.
            *from = Bytes::new();
        }
        self.filled(len);
    }

    /// What is not filled yet: any bytes.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.memory.resize(self.home.size, 0);
        &mut self.memory[self.len..]
    }

    /// Says that the first bytes of the room were filled.
    pub(crate) fn filled(&mut self, len: usize) {
        self.len += len;
    }

    /// What is in it, to be shared.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.memory[..self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        let mut spare = self.home.spare();
        if spare.len() < (SPARE / self.home.size).max(1) {
            spare.push(memory);
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.len, self.home.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_once_nothing_of_it_is_left() {
        let buffers = Buffers::new(8);
        let mut buffer = buffers.take();
        let mut from = Bytes::from_static(b"more than eight");
        buffer.fill(&mut from);
        assert!(buffer.is_full());
        assert_eq!(&from[..], b"n eight");
        let whole = buffer.freeze();
        let (at, part) = (whole.as_ptr(), whole.slice(2..4));
        drop(whole);
        assert_ne!(buffers.take().as_ref().as_ptr(), at);
        assert_eq!(&part[..], b"re");
        drop(part);
        let other = buffers.take();
        let again = buffers.take();
        assert!(
            [&other, &again]
                .iter()
                .any(|one| one.as_ref().as_ptr() == at)
        );
        assert!(other.is_empty() && again.is_empty());
    }

    #[test]
    fn nothing_is_held_of_what_was_moved() {
        let mut buffer = Buffers::new(8).take();
        let whole = Bytes::from(vec![7; 6]);
        let mut from = whole.clone();
        buffer.fill(&mut from);
        assert!(from.is_empty());
        assert!(whole.is_unique());
    }

    #[test]
    fn few_buffers_lie_ready() {
        let buffers = Buffers::new(SPARE / 4);
        let taken: Vec<Buffer> = (0..8).map(|_| buffers.take()).collect();
        drop(taken);
        assert_eq!(buffers.0.spare().len(), 4);
    }

    #[test]
    fn what_was_in_a_buffer_before_is_not_seen_again() {
        let buffers = Buffers::new(8);
        for len in [5, 8, 3, 7, 8, 1] {
            let mut buffer = buffers.take();
            let bytes: Vec<u8> = (0..len).collect();
            for part in bytes.chunks(2) {
                buffer.fill(&mut Bytes::copy_from_slice(part));
            }
            assert_eq!(buffer.as_ref(), bytes);
            assert_eq!(buffer.room().len(), 8 - bytes.len());
        }
    }
}

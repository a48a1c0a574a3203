//! What a transaction expects and what it writes.

mod keys;

use std::fmt;

use bytes::Bytes;

use crate::meta::{decode_counter, encode_counter};
pub use keys::{Keys, Span};

/// What a commit requires of the rows as they are before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// There is no such row.
    Absent,
    /// There is such a row, whatever it says.
    Present,
    /// There is such a row and this commit wrote it.
    Version(u64),
    /// The same of a row that no quiet batch writes. It need not be looked at while the store's stamp is this one, which
    /// was taken before the row was read ([`Meta::stamp`](crate::Meta::stamp)).
    Remembered {
        /// The number of the commit.
        version: u64,
        /// The store's stamp.
        stamp: u64,
    },
}

impl Expect {
    /// Whether a row of this version (`None`: no row) is as expected.
    pub fn holds(self, version: Option<u64>) -> bool {
        match self {
            Expect::Absent => version.is_none(),
            Expect::Present => version.is_some(),
            Expect::Version(expected)
            | Expect::Remembered {
                version: expected, ..
            } => version == Some(expected),
        }
    }

    /// Whether this holds without a look at the row, as the store's stamp is this one.
    pub(crate) fn is_known(self, now: u64) -> bool {
        matches!(self, Expect::Remembered { stamp, .. } if stamp == now)
    }
}

/// What a commit does to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The row says this from now on.
    Put(Bytes),
    /// The row is gone, if it was there.
    Delete,
    /// The row is a counter and grows by this much (wrapping); where there is none it starts at 0.
    Add(i64),
}

/// A transaction: expectations about rows as they are before, and what to write if all of them hold.
///
/// Methods return the batch, so they chain. [`Batch::take`] ends a chain with a batch of its own:
///
/// ```
/// # use store::Batch;
/// let one = Batch::new().expect_absent("user/anna").put("user/anna", "{}").add("users", 1).take();
///
/// let mut several = Batch::new();
/// for name in ["bo", "cleo"] {
///     several.put(format!("user/{name}"), "{}").add("users", 1);
/// }
/// assert_eq!(several.len(), 3); // both additions became one
/// ```
///
/// A batch holds at most one write a key. A later `put` or `delete` replaces what was there; a later `add` joins it.
/// Keys are copied. Values are kept as they are handed over: give a buffer that holds no more than the value.
#[derive(Clone, Default)]
#[must_use = "a batch does nothing until it is committed"]
pub struct Batch {
    keys: Keys,
    expectations: Vec<(Span, Expect)>,
    /// In the order of their keys, of which most come in that order.
    writes: Vec<(Span, Write)>,
    quiet: bool,
}

/// A batch usually writes no more rows than this.
const FEW: usize = 8;

impl Batch {
    /// A batch that expects nothing and changes nothing.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Expects that there is no such row.
    pub fn expect_absent(&mut self, key: impl AsRef<[u8]>) -> &mut Batch {
        self.expect(key, Expect::Absent)
    }

    /// Expects that there is such a row, whatever it says.
    pub fn expect_present(&mut self, key: impl AsRef<[u8]>) -> &mut Batch {
        self.expect(key, Expect::Present)
    }

    /// Expects that the row is still the one which the commit of this number wrote.
    pub fn expect_version(&mut self, key: impl AsRef<[u8]>, version: u64) -> &mut Batch {
        self.expect(key, Expect::Version(version))
    }

    /// The same of a row that no quiet batch writes, and that was read when the store already had this stamp.
    pub fn expect_remembered(
        &mut self,
        key: impl AsRef<[u8]>,
        version: u64,
        stamp: Option<u64>,
    ) -> &mut Batch {
        let expect = stamp.map(|stamp| Expect::Remembered { version, stamp });
        self.expect(key, expect.unwrap_or(Expect::Version(version)))
    }

    /// Expects something of a row. Several expectations of one row must all hold.
    pub fn expect(&mut self, key: impl AsRef<[u8]>, expect: Expect) -> &mut Batch {
        let span = self.keys.push(key.as_ref());
        self.expectations.push((span, expect));
        self
    }

    /// Writes a row.
    pub fn put(&mut self, key: impl AsRef<[u8]>, value: impl Into<Bytes>) -> &mut Batch {
        self.write(key, Write::Put(value.into()))
    }

    /// Deletes a row, if it is there.
    pub fn delete(&mut self, key: impl AsRef<[u8]>) -> &mut Batch {
        self.write(key, Write::Delete)
    }

    /// Adds to a counter, which starts at 0 where there is no row. Additions never conflict with each other; a sum
    /// that does not fit wraps around. [`Row::counter`](crate::Row::counter) reads it.
    ///
    /// After a `put` or `delete` of the same key in this batch it adds to what that leaves, a value which is not a
    /// counter counting as 0.
    pub fn add(&mut self, key: impl AsRef<[u8]>, by: i64) -> &mut Batch {
        let write = self.slot(key.as_ref(), Write::Add(0));
        *write = match write {
            Write::Add(sum) => Write::Add(sum.wrapping_add(by)),
            Write::Delete => Write::Put(encode_counter(by)),
            Write::Put(value) => Write::Put(encode_counter(
                decode_counter(value).unwrap_or(0).wrapping_add(by),
            )),
        };
        self
    }

    fn write(&mut self, key: impl AsRef<[u8]>, write: Write) -> &mut Batch {
        *self.slot(key.as_ref(), Write::Delete) = write;
        self
    }

    /// What is written under this key, which is `new` if nothing was.
    fn slot(&mut self, key: &[u8], new: Write) -> &mut Write {
        let keys = &self.keys;
        let found = match self.writes.last() {
            Some((last, _)) if keys.at(*last) >= key => self
                .writes
                .binary_search_by(|(span, _)| keys.at(*span).cmp(key)),
            _ => Err(self.writes.len()),
        };
        let at = found.unwrap_or_else(|at| {
            if self.writes.is_empty() {
                self.writes.reserve(FEW);
            }
            let span = self.keys.push(key);
            self.writes.insert(at, (span, new));
            at
        });
        &mut self.writes[at].1
    }

    /// Says that nobody remembers any row that this writes by the stamp ([`Meta::stamp`](crate::Meta::stamp)), so
    /// that the commit need not change it. What is written thousands of times a second would make the stamp worthless
    /// to those who remember other rows.
    pub fn quiet(&mut self) -> &mut Batch {
        self.quiet = true;
        self
    }

    /// Whether its commit leaves the stamp as it is.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Moves everything into a batch of its own and leaves this one empty.
    pub fn take(&mut self) -> Batch {
        std::mem::take(self)
    }

    /// How many rows it writes.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether it writes nothing. It may still expect something.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// The keys of the rows that it puts or deletes, in order.
    pub(crate) fn written(&self) -> impl Iterator<Item = &[u8]> {
        let writes = self.writes.iter();
        let others = writes.filter(|(_, write)| !matches!(write, Write::Add(_)));
        others.map(|(span, _)| self.keys.at(*span))
    }

    /// What a backend needs.
    pub fn into_parts(self) -> Parts {
        Parts {
            keys: self.keys,
            expectations: self.expectations,
            writes: self.writes,
        }
    }
}

/// A batch taken apart.
#[derive(Debug)]
pub struct Parts {
    /// The keys of what follows.
    pub keys: Keys,
    /// In the order in which they were made.
    pub expectations: Vec<(Span, Expect)>,
    /// One a key, in key order.
    pub writes: Vec<(Span, Write)>,
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |span: &Span| self.keys.at(*span).escape_ascii().to_string();
        let expectations = self.expectations.iter();
        let expectations: Vec<_> = expectations.map(|(key, what)| (shown(key), what)).collect();
        let writes = self.writes.iter();
        let writes: Vec<_> = writes.map(|(key, what)| (shown(key), what)).collect();
        f.debug_struct("Batch")
            .field("expectations", &expectations)
            .field("writes", &writes)
            .field("quiet", &self.quiet)
            .finish()
    }
}

//! Rows written and read piece by piece, in postcard's format: numbers seven bits to a byte, lists behind their length,
//! variants by their number.
//!
//! Every request reads or writes an object's row. By hand that takes a quarter of the time that serde needs, which goes
//! through each list byte by byte, and what is read may share the row's memory.

use bytes::Bytes;
use gateway::Fault;
use serde::{Deserialize, Serialize};

use super::FORMAT;

/// What is left to read of a row. All of it gives `None` where the row has no such thing.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    row: &'a Bytes,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads a row with all that `read` takes from it.
    pub(crate) fn whole<T>(
        row: &'a Bytes,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Fault> {
        let [FORMAT, rest @ ..] = &row[..] else {
            return Err(Fault::internal("a row of a format that is not known"));
        };
        let value = read(&mut Self { row, rest });
        value.ok_or_else(|| Fault::internal("a row that does not say what it should"))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// Goes past these bytes, if they come next.
    pub(crate) fn skip(&mut self, bytes: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(bytes);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for (at, byte) in self.rest.iter().enumerate().take(10) {
            let part = u64::from(byte & 0x7F);
            number |= part << (7 * at);
            if byte & 0x80 == 0 {
                self.rest = self.rest.get(at + 1..)?;
                // The tenth byte has room for one bit.
                return (at < 9 || part < 2).then_some(number);
            }
        }
        None
    }

    /// A number that may be negative.
    pub(crate) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// How many items a list has.
    pub(crate) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// One of these, by its number.
    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.length()?).copied()
    }

    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.take(1)? {
            [0] => Some(None),
            [1] => read(self).map(Some),
            _ => None,
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// A list of bytes, which shares the row's memory.
    pub(crate) fn shared(&mut self) -> Option<Bytes> {
        let length = self.length()?;
        Some(self.row.slice_ref(self.take(length)?))
    }

    /// Anything else.
    pub(crate) fn value<T: Deserialize<'a>>(&mut self) -> Option<T> {
        let (value, rest) = postcard::take_from_bytes(self.rest).ok()?;
        self.rest = rest;
        Some(value)
    }
}

/// A row in the making.
#[derive(Debug)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new() -> Self {
        let mut row = Vec::with_capacity(192);
        row.push(FORMAT);
        Self(row)
    }

    /// In memory of its own size, in which the store keeps it.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.as_slice().to_vec()
    }

    pub(crate) fn number(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    /// A number that may be negative.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    pub(crate) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Bytes of which there are always as many.
    pub(crate) fn array(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A list of bytes, or a text.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.array(bytes);
    }

    /// Anything else.
    pub(crate) fn value<T: Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        let row = std::mem::take(&mut self.0);
        self.0 = postcard::to_extend(value, row).map_err(Fault::internal)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<T>(written: Writer, read: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> T {
        let row = Bytes::from(written.finish());
        Reader::whole(&row, |row| read(row).filter(|_| row.rest.is_empty())).unwrap()
    }

    proptest! {
        #[test]
        fn numbers_are_postcards(number in any::<u64>(), shift in 0_u32..64, signed in any::<i64>()) {
            let (number, signed) = (number >> shift, signed >> shift);
            let mut row = Writer::new();
            row.number(number);
            row.signed(signed);
            let theirs = postcard::to_allocvec(&(number, signed)).unwrap();
            prop_assert_eq!(&row.0[1..], &theirs);
            let own = read(row, |row| Some((row.number()?, row.signed()?)));
            prop_assert_eq!(own, (number, signed));
        }

        #[test]
        fn a_number_is_read_or_refused_as_postcard_does(row in prop::collection::vec(any::<u8>(), 0..12)) {
            let theirs = postcard::from_bytes::<u64>(&row).ok();
            let row = Bytes::from([&[FORMAT], &row[..]].concat());
            prop_assert_eq!(Reader::whole(&row, Reader::number).ok(), theirs);
        }
    }

    #[test]
    fn what_does_not_fit_is_no_number() {
        let number = |last: u8| {
            let row = Bytes::from([&[FORMAT], &[0xFF; 9][..], &[last]].concat());
            Reader::whole(&row, Reader::number).ok()
        };
        assert_eq!((number(1), number(2)), (Some(u64::MAX), None));
        assert_eq!(number(0x81), None);
    }

    #[test]
    fn lists_are_not_longer_than_the_row() {
        let row = Bytes::from_static(&[FORMAT, 2, b'a']);
        assert!(Reader::whole(&row, Reader::shared).is_err());
        assert!(Reader::whole(&row, Reader::text).is_err());
        assert!(Reader::whole(&row, Reader::array::<3>).is_err());
        assert!(Reader::whole(&Bytes::from_static(&[9]), Reader::number).is_err());
    }
}

//! Which bytes a read asks for (§7.1).
//!
//! OSS is not RFC 9110 here: unless the request says `x-oss-range-behavior: standard`, a range that is not wholly
//! inside the object does not count, and the answer is the whole object with 200. Of several ranges only the first
//! counts (<https://help.aliyun.com/document_detail/39571.htm>).

use std::ops::Range;

use gateway::{Fault, Head};

use crate::fault;

/// The bytes to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    /// All: 200.
    Whole,
    /// These: 206.
    Part(Range<u64>),
}

/// Which bytes of an object of `size` bytes the request asks for.
///
/// Errors: `InvalidRange`, with the standard behaviour and no byte in the range.
pub fn slice(head: &Head, size: u64) -> Result<Slice, Fault> {
    if !head.rare.selects {
        return Ok(Slice::Whole);
    }
    let Some(range) = head.headers.get(http::header::RANGE) else {
        return Ok(Slice::Whole);
    };
    let Some((text, asked)) = range.to_str().ok().and_then(|t| Some((t, Asked::read(t)?))) else {
        return Ok(Slice::Whole);
    };
    let standard = head.header("x-oss-range-behavior") == Some("standard");
    match asked.of(size, standard) {
        Some(part) => Ok(Slice::Part(part)),
        None if standard => Err(fault::invalid_range(text, size)),
        None => Ok(Slice::Whole),
    }
}

/// The same for the range of a copy's source: as OSS does it for reads, one that does not lie inside does not count.
pub(crate) fn inside(text: &str, size: u64) -> Slice {
    let part = Asked::read(text).and_then(|asked| asked.of(size, false));
    part.map_or(Slice::Whole, Slice::Part)
}

/// A range as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// `a-b`, both inclusive.
    Between(u64, u64),
    /// `a-`.
    From(u64),
    /// `-n`.
    Last(u64),
}

impl Asked {
    fn read(text: &str) -> Option<Self> {
        let ranges = text.trim().strip_prefix("bytes=")?;
        let (from, to) = ranges.split(',').next()?.trim().split_once('-')?;
        match (from.trim(), to.trim()) {
            ("", n) => Some(Self::Last(number(n)?)),
            (from, "") => Some(Self::From(number(from)?)),
            (from, to) => {
                let (from, to) = (number(from)?, number(to)?);
                (from <= to).then_some(Self::Between(from, to))
            }
        }
    }

    /// The bytes of an object of `size` bytes, if there are any. Only the standard behaviour cuts off what is
    /// behind the end.
    fn of(self, size: u64, standard: bool) -> Option<Range<u64>> {
        let inside = |n: u64| standard || n <= size;
        let range = match self {
            Self::Between(from, to) => {
                let end = to.saturating_add(1);
                inside(end).then(|| from..end.min(size))?
            }
            Self::From(from) => from..size,
            Self::Last(n) => inside(n).then(|| size.saturating_sub(n)..size)?,
        };
        (range.start < range.end).then_some(range)
    }
}

/// Digits only: `+1` is no number here.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(range: &str, size: u64, standard: bool) -> Option<Range<u64>> {
        Asked::read(range)?.of(size, standard)
    }

    #[test]
    fn ranges_inside_the_object() {
        for standard in [false, true] {
            let check =
                |range, expected| assert_eq!(of(range, 1000, standard), expected, "{range}");
            check("bytes=0-499", Some(0..500));
            check("bytes=500-999", Some(500..1000));
            check("bytes=999-", Some(999..1000));
            check("bytes=0-", Some(0..1000));
            check("bytes=-500", Some(500..1000));
            check("bytes=-1000", Some(0..1000));
            check("bytes=0-499,500-999", Some(0..500));
            check("bytes=0-0", Some(0..1));
            check("bytes=-0", None);
            check("bytes=1000-2000", None);
            check("bytes=1000-", None);
        }
    }

    #[test]
    fn behind_the_end_the_behaviours_differ() {
        assert_eq!(of("bytes=500-2000", 1000, false), None);
        assert_eq!(of("bytes=500-2000", 1000, true), Some(500..1000));
        assert_eq!(of("bytes=0-1000", 1000, false), None);
        assert_eq!(of("bytes=-2000", 1000, false), None);
        assert_eq!(of("bytes=-2000", 1000, true), Some(0..1000));
        assert_eq!(of("bytes=0-18446744073709551615", 9, true), Some(0..9));
        assert_eq!(of("bytes=0-0", 0, true), None);
    }

    #[test]
    fn what_is_no_range_does_not_count() {
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "byte=0-1",
            "bytes=2-1",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=0x1-2",
            "bytes=--1",
            "bytes=1-2-3",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(Asked::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_never_empty_and_never_outside(text in "bytes=[0-9]{0,4}-[0-9]{0,4}", size in 0u64..5000, standard: bool) {
            if let Some(range) = of(&text, size, standard) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }

        #[test]
        fn no_header_makes_the_parser_panic(text in ".{0,40}") {
            let _ = of(&text, 100, true);
        }
    }
}

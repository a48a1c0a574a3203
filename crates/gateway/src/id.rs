//! Request ids, in the shape that each product gives them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};

/// The id of one request, as text. In place, because every request has one and its record too.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId {
    /// The rest is zero.
    text: [u8; LONGEST],
    length: u8,
}

/// The length of a UUID.
const LONGEST: usize = 36;

impl RequestId {
    /// The same in lower case, as Function Compute 2.0 writes a UUID.
    #[must_use]
    pub fn lower(mut self) -> Self {
        self.text.make_ascii_lowercase();
        self
    }

    /// Cuts off what is too long; nothing is.
    fn of(ascii: &[u8]) -> Self {
        let length = ascii.len().min(LONGEST);
        let mut text = [0; LONGEST];
        text[..length].copy_from_slice(&ascii[..length]);
        let length = length as u8;
        Self { text, length }
    }

    /// The id as it stands in headers and bodies.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The same, which is ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.length)]
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Makes ids. They need to be distinct, not secret.
#[derive(Debug)]
pub struct Ids {
    seed: u64,
    count: AtomicU64,
}

impl Ids {
    /// A source of ids whose sequence differs from every other source's.
    pub fn new() -> Self {
        Self {
            seed: getrandom::u64().unwrap_or(0x9E37_79B9_7F4A_7C15),
            count: AtomicU64::new(0),
        }
    }

    /// OSS: 24 upper-case hexadecimal digits, of which the first 8 are the Unix time (spec/oss.md §4.1).
    pub fn oss(&self, wall: DateTime<Utc>) -> RequestId {
        let seconds = wall.timestamp() & 0xFFFF_FFFF;
        let mut text = [0; 24];
        write_hex(&mut text[..8], seconds.cast_unsigned());
        write_hex(&mut text[8..], self.next());
        RequestId::of(&text)
    }

    /// RPC products: an upper-case UUID (spec/identity.md §1.6).
    pub fn uuid(&self) -> RequestId {
        let (a, b) = (self.next(), self.next());
        let mut text = *b"00000000-0000-4000-0000-000000000000";
        write_hex(&mut text[..8], a >> 32);
        write_hex(&mut text[9..13], a >> 16);
        write_hex(&mut text[15..18], a);
        write_hex(&mut text[19..23], 0x8000 | (b >> 50));
        write_hex(&mut text[24..], b);
        RequestId::of(&text)
    }

    /// Function Compute 3.0: `1-<8 hex>-<8 hex>-<12 hex>`, of which the first group is the Unix time (spec/fc.md §1.7).
    pub fn fc(&self, wall: DateTime<Utc>) -> RequestId {
        let (seconds, a, b) = (wall.timestamp() & 0xFFFF_FFFF, self.next(), self.next());
        let text = format!(
            "1-{seconds:08x}-{:08x}-{:012x}",
            a >> 32,
            b & 0xFFFF_FFFF_FFFF
        );
        RequestId::of(text.as_bytes())
    }

    /// SplitMix64 over a counter: every value once.
    fn next(&self) -> u64 {
        let n = self.count.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let mut z = self
            .seed
            .wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// As many of the lowest digits as there is room for, in upper case. Written by hand: every request has an id.
fn write_hex(into: &mut [u8], mut number: u64) {
    for digit in into.iter_mut().rev() {
        *digit = b"0123456789ABCDEF"[(number & 15) as usize];
        number >>= 4;
    }
}

impl Default for Ids {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oss_id_begins_with_the_time() {
        let id = Ids::new().oss("2019-01-15T08:19:04Z".parse().unwrap());
        assert!(id.as_str().starts_with("5C3D9778"), "{id}");
        assert_eq!(id.as_str().len(), 24);
    }

    #[test]
    fn an_id_of_function_compute_has_its_groups() {
        let id = Ids::new().fc("2019-01-15T08:19:04Z".parse().unwrap());
        assert!(id.as_str().starts_with("1-5c3d9778-"), "{id}");
        let groups: Vec<usize> = id.as_str().split('-').map(str::len).collect();
        assert_eq!(groups, [1, 8, 8, 12]);
    }

    #[test]
    fn a_uuid_has_the_shape_of_version_4() {
        let id = Ids::new().uuid();
        let groups: Vec<usize> = id.as_str().split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(&id.as_str()[14..15], "4");
        assert!(matches!(&id.as_str()[19..20], "8" | "9" | "A" | "B"));
    }
}

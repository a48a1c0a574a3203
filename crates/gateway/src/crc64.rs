//! CRC-64/XZ of bytes that were hashed in pieces.
//!
//! The CRC of `a` followed by `b` is that of `a`, moved by as many bits as `b` has, plus that of `b`; the ones before and
//! after cancel out. Moving by n bits is multiplying by xⁿ modulo the polynomial, and xⁿ is the product of the powers
//! x^(2^k) for the bits of n, which a table has. That is one multiplication a bit of the length, below 2 µs together,
//! where squaring matrices of 64 × 64 bits takes a hundred (Mark Adler's newer zlib does it this way too).

use crc_fast::{CrcAlgorithm, checksum};

/// The polynomial 42F0E1EBA9EA3693, lowest power first: bit 63 is x⁰.
const POLYNOMIAL: u64 = 0xC96C_5795_D787_0F42;

/// x⁰.
const ONE: u64 = 1 << 63;

/// x^(2^k) for each k.
static POWERS: [u64; 64] = powers();

/// The CRC of bytes. Nothing else of `crc_fast` is used, and only here: then the compiler sees which CRC is meant, and leaves
/// out the tables of all others, 0.6 MB for machines without the instructions that make it fast.
pub fn of(bytes: &[u8]) -> u64 {
    checksum(CrcAlgorithm::Crc64Xz, bytes)
}

/// The CRC of two byte strings one after the other. The second has `length` bytes.
pub fn combine(first: u64, second: u64, length: u64) -> u64 {
    if first == 0 {
        // Moved by as far as you like, nothing is nothing.
        return second;
    }
    let mut shift = ONE;
    let mut bytes = length;
    // A byte is 8 = 2³ bits. The powers repeat: x^(2^64) is x.
    let mut k = 3;
    while bytes != 0 {
        if bytes & 1 == 1 {
            shift = multiply(POWERS[k % 64], shift);
        }
        bytes >>= 1;
        k += 1;
    }
    multiply(shift, first) ^ second
}

/// The product of two polynomials.
const fn multiply(a: u64, mut b: u64) -> u64 {
    let mut product = 0;
    let mut bit = ONE;
    while bit != 0 {
        if a & bit != 0 {
            product ^= b;
        }
        b = if b & 1 == 1 {
            b >> 1 ^ POLYNOMIAL
        } else {
            b >> 1
        };
        bit >>= 1;
    }
    product
}

const fn powers() -> [u64; 64] {
    let mut powers = [ONE >> 1; 64];
    let mut k = 1;
    while k < 64 {
        powers[k] = multiply(powers[k - 1], powers[k - 1]);
        k += 1;
    }
    powers
}

#[cfg(test)]
mod tests {
    use crc_fast::checksum_combine;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_value() {
        let expected = 0x995D_C9BB_DF19_39FA;
        assert_eq!(combine(of(b"1234"), of(b"56789"), 5), expected);
        assert_eq!(combine(0, of(b"123456789"), 9), expected);
        assert_eq!(combine(of(b"123456789"), 0, 0), expected);
    }

    proptest! {
        #[test]
        fn pieces_are_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..300) {
            let (a, b) = bytes.split_at(at.min(bytes.len()));
            prop_assert_eq!(combine(of(a), of(b), b.len() as u64), of(&bytes));
        }

        #[test]
        fn lengths_of_any_size(a: u64, b: u64, length in 0u64..1 << 60) {
            let expected = checksum_combine(CrcAlgorithm::Crc64Xz, a, b, length);
            prop_assert_eq!(combine(a, b, length), expected);
        }
    }
}

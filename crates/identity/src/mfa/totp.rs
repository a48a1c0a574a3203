//! Codes that change with time (RFC 6238 over RFC 4226), as authenticator apps make them.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// How long a code is shown, in seconds.
pub const STEP: i64 = 30;
/// Codes are of six digits.
const DIGITS: u32 = 1_000_000;
/// RFC 4648.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a step of Unix time.
pub fn code(seed: &[u8], step: i64) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0xf);
    let word = [digest[at], digest[at + 1], digest[at + 2], digest[at + 3]];
    let number = u32::from_be_bytes(word) & 0x7fff_ffff;
    format!("{:06}", number % DIGITS)
}

/// Whether a device shows the one code and after it the other. The second may be of this step, the one before (it
/// takes time to type) or the one after (a clock is a bit fast).
pub(super) fn shows(seed: &[u8], codes: (&str, &str), now: DateTime<Utc>) -> bool {
    let this = now.timestamp().div_euclid(STEP);
    let pair = |second: i64| code(seed, second - 1) == codes.0 && code(seed, second) == codes.1;
    (this - 1..=this + 1).any(pair)
}

/// Without padding: seeds are of a length that needs none.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut word = [0; 8];
        word[3..3 + chunk.len()].copy_from_slice(chunk);
        let word = u64::from_be_bytes(word);
        let digits = (chunk.len() * 8).div_ceil(5);
        for digit in 0..digits {
            let index = (word >> (35 - 5 * digit)) & 31;
            text.push(char::from(BASE32[index as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = b"12345678901234567890";
        for (time, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(seed, time / STEP), expected, "{time}");
        }
    }

    #[test]
    fn two_codes_in_order_around_now() {
        let seed = [7; 20];
        let at = |step: i64| DateTime::from_timestamp(step * STEP + 10, 0).unwrap();
        let pair = (&*code(&seed, 100), &*code(&seed, 101));
        assert!(
            [100, 101, 102]
                .iter()
                .all(|step| shows(&seed, pair, at(*step)))
        );
        assert!([99, 103].iter().all(|step| !shows(&seed, pair, at(*step))));
        assert!(!shows(&seed, (pair.1, pair.0), at(101)));
        assert!(!shows(&seed, (pair.0, pair.0), at(101)));
        assert!(!shows(&seed, (pair.0, &*code(&seed, 102)), at(101)));
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_is_that_of_the_standard() {
        for (text, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(text.as_bytes()), expected);
        }
        assert_eq!(base32(&[0xff; 20]).len(), 32);
    }
}

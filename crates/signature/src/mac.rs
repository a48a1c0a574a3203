//! The message authentication codes of the schemes, and comparing them in constant time.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// HMAC-SHA1 in progress; cloning it keeps what was fed so far. Dropping it wipes its state, for which the crates have
/// a feature.
#[derive(Clone)]
pub(crate) struct HmacSha1(Hmac<Sha1>);

impl HmacSha1 {
    pub(crate) fn new(key: &[&[u8]]) -> Self {
        let block = key_block(key, |key| Sha1::digest(key).to_vec());
        Self(Hmac::new((&*block).into()))
    }

    pub(crate) fn feed(mut self, message: &[u8]) -> Self {
        self.0.update(message);
        self
    }

    pub(crate) fn base64(self) -> String {
        BASE64_STANDARD.encode(self.0.finalize().into_bytes())
    }

    /// Whether this is the code that somebody provided in Base64.
    pub(crate) fn is(self, provided: &str) -> bool {
        let code = self.0.finalize().into_bytes().into();
        same_bytes(&base64(&code), provided.as_bytes())
    }
}

/// What the crate makes of 20 bytes, which is about texts of any length.
fn base64(code: &[u8; 20]) -> [u8; 28] {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut padded = [0; 21];
    padded
        .iter_mut()
        .zip(code)
        .for_each(|(to, from)| *to = *from);
    let mut text = [0; 28];
    let (threes, _) = padded.as_chunks::<3>();
    let (fours, _) = text.as_chunks_mut::<4>();
    for (letters, [one, two, three]) in fours.iter_mut().zip(threes) {
        let bits = u32::from_be_bytes([0, *one, *two, *three]);
        let letter = |shift: u32| LETTERS.get((bits >> shift & 63) as usize);
        let letter = |shift| letter(shift).copied().unwrap_or_default();
        *letters = [letter(18), letter(12), letter(6), letter(0)];
    }
    if let Some(last) = text.last_mut() {
        *last = b'=';
    }
    text
}

pub(crate) fn hmac_sha256(key: &[&[u8]], message: &[u8]) -> [u8; 32] {
    let block = key_block(key, |key| Sha256::digest(key).to_vec());
    Hmac::<Sha256>::new((&*block).into())
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}

pub(crate) fn hmac_sha256_base64(key: &[u8], message: &[u8]) -> String {
    BASE64_STANDARD.encode(hmac_sha256(&[key], message))
}

/// A key that has the size of a block, which cannot be refused: longer ones are hashed first (RFC 2104).
fn key_block(key: &[&[u8]], shorten: impl Fn(&[u8]) -> Vec<u8>) -> Zeroizing<[u8; 64]> {
    let mut block = Zeroizing::new([0; 64]);
    let length: usize = key.iter().map(|part| part.len()).sum();
    if length > block.len() {
        let short = Zeroizing::new(shorten(&Zeroizing::new(key.concat())));
        block
            .iter_mut()
            .zip(short.iter())
            .for_each(|(to, from)| *to = *from);
    } else {
        block
            .iter_mut()
            .zip(key.iter().copied().flatten())
            .for_each(|(to, from)| *to = *from);
    }
    block
}

pub(crate) fn sha256_hex(message: &[u8]) -> String {
    hex(&Sha256::digest(message))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// Compares without telling by its duration how much is right.
pub(crate) fn same(computed: &str, provided: &str) -> bool {
    same_bytes(computed.as_bytes(), provided.as_bytes())
}

/// The same, eight bytes at a time: every request has a signature.
fn same_bytes(computed: &[u8], provided: &[u8]) -> bool {
    if computed.len() != provided.len() {
        return false;
    }
    let (ours, our_rest) = computed.as_chunks();
    let (theirs, their_rest) = provided.as_chunks();
    let mut same = our_rest.ct_eq(their_rest);
    for (ours, theirs) in ours.iter().zip(theirs) {
        same &= u64::from_ne_bytes(*ours).ct_eq(&u64::from_ne_bytes(*theirs));
    }
    same.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn codes_are_written_as_the_crate_writes_them(code in any::<[u8; 20]>()) {
            let theirs = BASE64_STANDARD.encode(code);
            prop_assert_eq!(base64(&code).to_vec(), theirs.into_bytes());
        }
    }

    #[test]
    fn the_codes_of_rfc_2202_and_rfc_4231() {
        let long = [0xaa; 131];
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let sha256 = hex(&hmac_sha256(&[&long], message));
        assert_eq!(
            sha256,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        let sha1 = HmacSha1::new(&[&long[..80]]).feed(message).base64();
        assert_eq!(sha1, "qkrl4VJy0A6VcFY3zoo7Ve1AIRI=");
        let is = |code| HmacSha1::new(&[&long[..80]]).feed(message).is(code);
        assert!(is(&sha1) && !is(&sha1[1..]) && !is("qkrl4VJy0A6VcFY3zoo7Ve1AIRI+"));
        let short = hex(&hmac_sha256(
            &[b"Je", b"fe"],
            b"what do ya want for nothing?",
        ));
        assert_eq!(
            short,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn equality_is_exact() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
        let text = "a text of some length";
        for at in 0..text.len() {
            let mut other = text.to_owned();
            other.replace_range(at..=at, "_");
            assert!(!same(text, &other) && !same(&other, text), "{at}");
        }
        assert!(same(text, text) && !same(text, &text[1..]));
    }
}

//! The tokens of the guarded mode: Base64url of their end, in seconds of virtual time, a nonce, and a proof of both.
//! Nothing is kept of them, so any number can be given.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use gateway::Fault;
use subtle::ConstantTimeEq;

use crate::random;
use crate::token::Sealer;

/// How long a token may live, in seconds.
const LIFE: RangeInclusive<i64> = 1..=21_600;
const PURPOSE: &str = "ecs metadata token";
const END: usize = 8;
const NONCE: usize = 16;
const PROOF: usize = 32;

/// The seconds that the header with a token's life asks for, if it may.
pub(super) fn ttl(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok())??;
    LIFE.contains(&seconds).then_some(seconds)
}

pub(super) fn issue(sealer: &Sealer, seconds: i64, now: DateTime<Utc>) -> Result<String, Fault> {
    let end = now.timestamp().saturating_add(seconds);
    let said = [&end.to_be_bytes()[..], &random::bytes::<NONCE>()?].concat();
    let proof = sealer.proof(PURPOSE, &said);
    Ok(URL_SAFE_NO_PAD.encode([&said[..], &proof[..PROOF]].concat()))
}

/// Whether this sealer gave the token and it is not past its end.
pub(super) fn is_good(sealer: &Sealer, token: &[u8], now: DateTime<Utc>) -> bool {
    let mut bytes = [0; END + NONCE + PROOF];
    let Ok(read) = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) else {
        return false;
    };
    let (said, proof) = bytes.split_at(END + NONCE);
    let (end, _) = said.split_at(END);
    let proven: bool = sealer.proof(PURPOSE, said)[..PROOF].ct_eq(proof).into();
    let end: [u8; END] = end.try_into().unwrap_or_default();
    read == bytes.len() && proven && now.timestamp() < i64::from_be_bytes(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_life_is_from_a_second_to_six_hours() {
        assert_eq!((ttl("1"), ttl(" 21600 ")), (Some(1), Some(21_600)));
        for wrong in [
            "",
            "0",
            "21601",
            "-1",
            "+5",
            "1.5",
            "5s",
            "99999999999999999999",
            "５",
        ] {
            assert_eq!(ttl(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_good_until_its_end_and_where_it_was_made() {
        let sealer = Sealer::new(&[7; 32]);
        let token = issue(&sealer, 60, at(1000)).unwrap();
        assert!(is_good(&sealer, token.as_bytes(), at(1059)));
        assert!(!is_good(&sealer, token.as_bytes(), at(1060)));
        assert!(!is_good(&Sealer::new(&[8; 32]), token.as_bytes(), at(1000)));
        assert_ne!(token, issue(&sealer, 60, at(1000)).unwrap());
    }

    proptest! {
        #[test]
        fn a_token_changed_or_made_up_is_not_good(
            made_up in prop::collection::vec(any::<u8>(), 0..120),
            index in any::<prop::sample::Index>(),
            letter in "[A-Za-z0-9_-]",
            cut in any::<prop::sample::Index>(),
        ) {
            let sealer = Sealer::new(&[7; 32]);
            prop_assert!(!is_good(&sealer, &made_up, at(0)));
            let text = URL_SAFE_NO_PAD.encode(&made_up);
            prop_assert!(!is_good(&sealer, text.as_bytes(), at(0)));

            let token = issue(&sealer, 60, at(1000)).unwrap();
            prop_assert!(!is_good(&sealer, &token.as_bytes()[..cut.index(token.len())], at(1000)));
            let mut changed = token.clone().into_bytes();
            changed[index.index(token.len())] = letter.as_bytes()[0];
            prop_assert_eq!(is_good(&sealer, &changed, at(1000)), changed == token.as_bytes());
        }
    }
}

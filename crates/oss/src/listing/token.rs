//! Continuation tokens of ListObjectsV2: a protobuf message whose field 1 is the last entry, in the variant of base64
//! that version ids use too (`.`, `_` and `-` for `+`, `/` and `=`). The sample of the official page, `CgJiYw--`, is
//! the token after `bc`: <https://help.aliyun.com/zh/oss/developer-reference/listobjectsv2>.

use base64::Engine;
use base64::alphabet::Alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Field 1, length-delimited.
const FIELD: u8 = 0x0A;

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone);

/// The token that continues after `entry`.
pub fn encode(entry: &str) -> String {
    let mut message = vec![FIELD];
    let mut length = entry.len();
    while length >= 0x80 {
        message.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    message.push(length.to_le_bytes()[0]);
    message.extend_from_slice(entry.as_bytes());
    let mut token = engine().encode(message);
    while !token.len().is_multiple_of(4) {
        token.push('-');
    }
    token
}

/// The entry that a token names; `None` for text that [`encode`] does not write.
pub fn decode(token: &str) -> Option<String> {
    let message = engine().decode(token.trim_end_matches('-')).ok()?;
    let (field, mut rest) = message.split_first()?;
    let mut length = 0_usize;
    for shift in [0, 7] {
        let (byte, behind) = rest.split_first()?;
        length |= usize::from(byte & 0x7F) << shift;
        rest = behind;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let entry = String::from_utf8(rest.to_vec()).ok()?;
    let whole = *field == FIELD && entry.len() == length && encode(&entry) == token;
    whole.then_some(entry)
}

fn engine() -> GeneralPurpose {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    let alphabet = Alphabet::new(LETTERS).unwrap_or(base64::alphabet::URL_SAFE);
    GeneralPurpose::new(&alphabet, CONFIG)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_sample() {
        assert_eq!(encode("bc"), "CgJiYw--");
        assert_eq!(decode("CgJiYw--").as_deref(), Some("bc"));
    }

    #[test]
    fn what_we_never_write_is_not_a_token() {
        for bad in [
            "",
            "2",
            "CgJiYw",
            "CgJiYw==",
            "CgJiYw-",
            "test1.txt",
            "CgNiYw--",
            "Cg",
            "é",
            "CgJiYw--CgJiYw--",
        ] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(entry in "\\PC{0,400}") {
            prop_assert_eq!(decode(&encode(&entry)), Some(entry));
        }

        #[test]
        fn nothing_makes_it_panic(token in "\\PC{0,40}") {
            decode(&token);
        }
    }
}

//! Tokens of OpenID Connect and the keys that they are held against: nothing that strangers send makes reading or
//! verifying panic.
#![no_main]

use identity::jwt::{KeySet, Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (token, keys) = input;
    if let (Ok(token), Ok(keys)) = (Token::read(token), KeySet::parse(keys)) {
        let _ = token.is_signed_by(&keys);
    }
});

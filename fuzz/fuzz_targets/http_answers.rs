//! What functions answer over HTTP, as the result of an event or as a posted description: it is refused, or it is an answer
//! that can be sent.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fc::strangers::{described, posted};
use http::HeaderValue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], Option<&[u8]>)| {
    let (result, params) = input;
    let result = Bytes::copy_from_slice(result);
    if let Some((answer, _)) = described(result.clone()) {
        assert!(!answer.status.is_informational());
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("x-fc-") || name == "connection"));
    }
    let header = params.map(|params| HeaderValue::try_from(STANDARD.encode(params)).expect("Base64"));
    if let Some((answer, body)) = posted(header.as_ref(), &result) {
        assert!(answer.status.as_u16() >= 100);
        assert!(header.is_none() || body == result);
    }
});

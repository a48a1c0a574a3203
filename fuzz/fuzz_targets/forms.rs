//! Forms of PostObject in any pieces, and their policies: reading them never panics and always ends.
#![no_main]

use bytes::Bytes;
use futures_util::stream;
use gateway::Body;
use libfuzzer_sys::fuzz_target;
use oss::form::{parts, policy::Policy};
use signature::Query;

fuzz_target!(|input: (&str, Vec<(&str, &str)>, &[u8], u8)| {
    let (policy, form, bytes, size) = input;
    if let Ok(policy) = Policy::parse(policy) {
        let form = Query::from_pairs(form);
        let _ = policy.check("bucket", &form, Default::default());
    }
    let pieces = bytes.chunks(usize::from(size) + 1);
    let pieces: Vec<_> = pieces.map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let body = Body::from_stream(stream::iter(pieces));
    let _ = futures_executor::block_on(parts::read("b", body, None));
});

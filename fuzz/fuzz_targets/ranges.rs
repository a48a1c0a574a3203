//! `Range` headers over objects of any size: what is served lies inside the object.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use gateway::Head;
use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use oss::range::{Slice, slice};

fuzz_target!(|input: (&[u8], u64, bool)| {
    let (range, size, standard) = input;
    let Ok(range) = HeaderValue::from_bytes(range) else {
        return;
    };
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.headers.insert("range", range);
    if standard {
        parts.headers.insert("x-oss-range-behavior", HeaderValue::from_static("standard"));
    }
    let head = Head::new(parts, IpAddr::V4(Ipv4Addr::LOCALHOST), false, &[]);
    if let Ok(Slice::Part(part)) = slice(&head, size) {
        assert!(part.start < part.end && part.end <= size);
    }
});

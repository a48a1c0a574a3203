//! Requests to the metadata service of ECS: whatever the path, the verb and the headers, it answers, and without a role
//! that exists it never gives credentials.
#![no_main]

use std::sync::{Arc, LazyLock};

use futures_executor::block_on;
use gateway::{Clock, Head};
use http::{HeaderValue, Method, Request, StatusCode};
use identity::arn::RoleArn;
use identity::{Identity, Metadata};
use libfuzzer_sys::fuzz_target;
use store::Store;

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    let identity = Arc::new(Identity::new(Store::memory()));
    block_on(identity.bootstrap(Clock::system().now().virtual_)).expect("an account");
    let metadata = Metadata::new(identity, true);
    metadata.set_role(RoleArn::parse("acs:ram::1234567890123456:role/app").ok());
    metadata
});

fuzz_target!(|input: (&str, &[u8], &[u8], bool)| {
    let (path, token, ttl, put) = input;
    let method = if put { Method::PUT } else { Method::GET };
    let Ok(mut request) = Request::builder().method(method).uri(path).body(()) else {
        return;
    };
    let headers = request.headers_mut();
    for (name, value) in [
        ("x-aliyun-ecs-metadata-token", token),
        ("x-aliyun-ecs-metadata-token-ttl-seconds", ttl),
    ] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    let head = Head::new(request.into_parts().0, [127, 0, 0, 1].into(), false, &[]);
    let answer = block_on(METADATA.answer(&head, &Clock::system().now()));
    let token_given = put && answer.status() == StatusCode::OK;
    assert!(token_given || answer.status().is_client_error());
    assert!(!token_given || head.path.ends_with("/api/token"));
});

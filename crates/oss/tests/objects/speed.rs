//! What a request costs without a socket. Run by hand: `cargo test --release -p localyun-oss --test objects speed --
//! --ignored --nocapture`.

use std::sync::Arc;

use gateway::{Body, Head};

use crate::cloud::{Cloud, USER};

const ROUNDS: u32 = 100_000;

async fn measure(cloud: &Cloud, what: &str, head: impl Fn() -> Head, body: &'static [u8]) {
    let begin = cloud.gateway.clock.monotonic();
    for _ in 0..ROUNDS {
        let body = Body::from_bytes(body);
        let response = gateway::serve(&cloud.gateway, &cloud.oss, head(), body, None).await;
        assert!(response.status().is_success(), "{response:?}");
    }
    let took = cloud.gateway.clock.monotonic() - begin;
    println!("{what}: {:?} a request", took / ROUNDS);
}

/// The same request again, as the server makes it of what hyper read.
fn again(head: &Head) -> Head {
    let mut request = http::Request::new(());
    *request.method_mut() = head.method.clone();
    let query = head.query.raw();
    let target = if query.is_empty() {
        head.path.clone()
    } else {
        format!("{}?{query}", head.path)
    };
    *request.uri_mut() = target.parse().unwrap();
    *request.headers_mut() = head.headers.clone();
    Head::new(request.into_parts().0, head.peer, false, &[])
}

#[tokio::test]
#[ignore = "measures, for a release build"]
async fn small_objects() {
    let cloud = Cloud::new().await;
    cloud.allow(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let kib: &'static [u8] = &[7; 1024];
    cloud.ask("PUT", "/k").body(kib).send().await.expect(200);
    for (scheme, v4) in [("V1", false), ("V4", true)] {
        for method in ["GET", "HEAD", "PUT"] {
            let ask = cloud.ask(method, "/k");
            let ask = if method == "PUT" { ask.body(kib) } else { ask };
            let ask = if v4 {
                ask.v4(USER, "cn-hangzhou")
            } else {
                ask.by(USER)
            };
            let head = Arc::new(ask.head());
            let body = if method == "PUT" { kib } else { &[] };
            measure(&cloud, &format!("{method} {scheme}"), || again(&head), body).await;
        }
    }
    let head = Arc::new(cloud.ask("GET", "/k").by(USER).head());
    let begin = cloud.gateway.clock.monotonic();
    for _ in 0..ROUNDS {
        std::hint::black_box(again(&head));
    }
    println!(
        "reading the head: {:?}",
        (cloud.gateway.clock.monotonic() - begin) / ROUNDS
    );
}

//! How long listings take. Figures are of use in a release build only:
//! `cargo test --release -p localyun-oss --test buckets speed -- --ignored --nocapture --test-threads=1`.

use std::sync::Arc;
use std::time::Duration;

use gateway::Clock;

use crate::cloud::{Ask, Cloud, ask};

/// Puts this many empty objects with names that `name` makes.
async fn fill(cloud: &Cloud, bucket: &str, count: usize, name: fn(usize) -> String) {
    cloud.ok("PUT", bucket, "/").await;
    for number in 0..count {
        let target = format!("/{}", name(number));
        cloud.send(&ask("PUT", bucket, &target)).await.expect(200);
    }
}

/// The median of what a request takes, and the 99th of 100.
async fn measure(cloud: &Cloud, request: &Ask<'_>) -> (Duration, Duration) {
    let clock = Arc::new(Clock::system());
    let mut times = Vec::new();
    for _ in 0..300 {
        let before = clock.monotonic();
        cloud.send(request).await.expect(200);
        times.push(clock.monotonic() - before);
    }
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

#[tokio::test]
#[ignore = "measures, for a release build"]
async fn a_thousand_of_a_hundred_thousand() {
    let cloud = Cloud::new();
    fill(&cloud, "many", 100_000, |number| format!("key-{number:08}")).await;
    for target in [
        "/?max-keys=1000",
        "/?max-keys=1000&marker=key-00050000",
        "/?list-type=2&max-keys=1000",
        "/?max-keys=100",
    ] {
        let (median, slow) = measure(&cloud, &ask("GET", "many", target)).await;
        println!("{target}: p50 {median:?}, p99 {slow:?}");
    }
}

#[tokio::test]
#[ignore = "measures, for a release build"]
async fn a_hundred_common_prefixes_of_a_million_keys() {
    let cloud = Cloud::new();
    fill(&cloud, "many", 1_000_000, |number| {
        format!("{:02}/{:06}", number % 100, number)
    })
    .await;
    let (median, slow) = measure(&cloud, &ask("GET", "many", "/?delimiter=/&max-keys=1000")).await;
    println!("delimiter, 100 prefixes of 1 M keys: p50 {median:?}, p99 {slow:?}");
}

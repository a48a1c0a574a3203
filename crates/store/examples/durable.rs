//! How fast a store on disk is: durable commits, gets, pages, and opening again after a crash.
//!
//! ```text
//! cargo run --release -p localyun-store --example durable -- FOLDER [ROWS [SUBMITTERS [BODY]]]
//! cargo run --release -p localyun-store --example durable -- FOLDER open
//! ```
//!
//! The first fills the folder with rows of 300 bytes, each a commit of its own that expects it to be absent, and then
//! reads. With BODY each commit also has a body of so many bytes, and replaces a counter, as a put does. It ends by `abort`, as by kill -9. The second opens the folder again. Only ratios between runs on one
//! machine mean anything.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a measurement reads the clock and may panic"
)]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use store::{Batch, Store};

const VALUE: [u8; 300] = [b'x'; 300];

fn key(row: u64) -> String {
    // Spread over the whole range, as names of objects are, and different for every row.
    format!(
        "oss/head/00000001{:016x}",
        row.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    )
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(&arguments[0]);
    let begun = Instant::now();
    let store = Store::open(folder).unwrap();
    println!("open            {:>10.1?}", begun.elapsed());
    if arguments.get(1).is_some_and(|word| word == "open") {
        return read(&store, u64::MAX).await;
    }
    let number = |place: usize| arguments.get(place).map(|text| text.parse().unwrap());
    let rows = number(1).unwrap_or(1_000_000);
    let body = vec![b'y'; number(3).unwrap_or(0) as usize];
    write(&store, rows, number(2).unwrap_or(64), body.into()).await;
    read(&store, rows).await;
    println!("memory          {:>10} KiB", resident());
    std::process::abort();
}

async fn write(store: &Store, rows: u64, submitters: u64, body: Bytes) {
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..submitters)
        .map(|_| {
            let (store, next, body) = (store.clone(), next.clone(), body.clone());
            tokio::spawn(async move {
                loop {
                    let row = next.fetch_add(1, Ordering::Relaxed);
                    if row >= rows {
                        return;
                    }
                    let key = key(row);
                    let mut batch = Batch::new();
                    batch.expect_absent(&key).put(&key, &VALUE[..]);
                    if !body.is_empty() {
                        batch.put(format!("oss/body/{row:016x}"), body.clone());
                        batch.add("oss/count", 1);
                    }
                    store.meta.commit(batch).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let took = begun.elapsed();
    println!(
        "commits         {:>10.0}/s, {submitters} at a time, {rows} rows in {took:.1?}",
        rows as f64 / took.as_secs_f64()
    );
}

async fn read(store: &Store, rows: u64) {
    const GETS: u64 = 100_000;
    let rows = rows.min(1_000_000);
    let begun = Instant::now();
    let mut found = 0;
    for get in 0..GETS {
        let row = get.wrapping_mul(7_919) % rows;
        found += u64::from(store.meta.get(key(row).as_bytes()).await.unwrap().is_some());
    }
    println!(
        "get             {:>10.1?}, {found} found",
        begun.elapsed() / GETS as u32
    );
    const PAGES: u32 = 200;
    let begun = Instant::now();
    let mut read = 0;
    for page in 0..PAGES {
        let view = store.meta.view().await.unwrap();
        let mut cursor = view.cursor(b"oss/head/");
        cursor.seek(key(u64::from(page)).as_bytes()).await.unwrap();
        read += cursor.take(1000).await.unwrap().len();
    }
    println!(
        "page of 1000    {:>10.1?}, {read} rows",
        begun.elapsed() / PAGES
    );
}

/// In KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

//! Many requests, while functions come and go.

use std::sync::Arc;

use fc::{Host, HostError, Invoked, Pool, PoolLimits, Revision, SandboxLevel};

use crate::bench::{Bench, text};
use crate::pool::{pool_at, request, revision};

/// Fails every tenth request, dies in every hundredth, and notices when a request is run a second time.
fn busy_source(ledger: &str, name: usize, revision: u64) -> String {
    format!(
        "\
import os
def handler(event, context):
    event = event.decode()
    os.mkdir(os.path.join({ledger:?}, event))
    if event.endswith('3'):
        raise ValueError(event)
    if event.endswith('77'):
        os._exit(1)
    return '{name} {revision} ' + event
"
    )
}

/// Whether the answer is the one that this request of this revision must have.
fn check_busy(number: usize, name: usize, revision: u64, invoked: &Invoked) {
    let (body, log) = (text(&invoked.outcome.body), text(&invoked.outcome.log));
    let start = format!("FC Invoke Start RequestId: 1-{number:08x}-");
    assert!(log.contains(&start), "{number}: {log}");
    match (number % 10 == 3, number % 100 == 77) {
        (true, _) => assert!(
            body.contains(&format!("\"errorMessage\": \"{number}\"")),
            "{body}"
        ),
        (_, true) => assert!(body.contains("Process exited unexpectedly"), "{body}"),
        _ => assert_eq!(body, format!("{name} {revision} {number}")),
    }
}

/// Updates and deletes come between requests of many callers, and each gets its own answer, once, from the revision
/// that it named.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_among_updates_and_deletes() {
    let limits = PoolLimits {
        per_function: 3,
        total: 8,
        ..PoolLimits::default()
    };
    let pool = pool_at(SandboxLevel::None, limits).await;
    let ledger = tempfile::tempdir().unwrap();
    let deployed = |name: usize, number: u64| {
        let mut bench = Bench::new(&busy_source(ledger.path().to_str().unwrap(), name, number));
        bench.function.name = format!("function-{name}");
        let revision = Arc::new(revision(&bench, number));
        (bench, revision)
    };
    let mut current = [0, 1, 2, 3].map(|name| deployed(name, 1));
    let (mut requests, mut old) = (tokio::task::JoinSet::new(), Vec::new());
    let callers = Arc::new(tokio::sync::Semaphore::new(16));
    for number in 0..1000_usize {
        let name = number % current.len();
        if number % 50 == 49 {
            let next = deployed(name, current[name].1.key.revision + 1);
            old.push(std::mem::replace(&mut current[name], next));
            pool.retire(&old[old.len() - 1].1.key);
        }
        let turn = Arc::clone(&callers).acquire_owned().await.unwrap();
        let (pool, revision) = (Arc::clone(&pool), Arc::clone(&current[name].1));
        requests.spawn(async move {
            let invoked = persistently(&pool, &revision, number).await;
            drop(turn);
            check_busy(number, name, revision.key.revision, &invoked);
        });
    }
    let answered = requests.join_all().await.len();
    assert_eq!(answered, 1000);
    assert_eq!(ledger.path().read_dir().unwrap().count(), 1000);
    pool.shutdown().await;
    assert_eq!(pool.report(), fc::PoolReport::default());
}

/// Asks again as long as all instances are busy: a refused request has not run.
async fn persistently(pool: &Pool, revision: &Arc<Revision>, number: usize) -> Invoked {
    loop {
        let id = format!("1-{number:08x}-00000000-000000000000");
        match pool
            .invoke(revision, request(&id, &number.to_string()))
            .await
        {
            Ok(invoked) => return invoked,
            Err(HostError::Exhausted(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    }
}

//! A store's life on a disk, from opening it to the moments at which the power could have failed.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use fastrand::Rng;
use store::{Options, Store};
use tokio::runtime::Runtime;

use crate::{
    disk::{Disk, Ino},
    history::{History, Rows, Span},
    judge::{Found, judge},
    mount::{Mounted, Watch},
    writer::{Writer, noon, receive},
};

/// The folder of the store, in one that it has to make too.
pub(crate) const FOLDER: &str = "new/data";

/// What may be on a disk.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) histories: Vec<Arc<History>>,
    /// Of each history, what part of it.
    pub(crate) spans: Vec<Span>,
    /// How many commits there were before all histories.
    pub(crate) base: i64,
    /// Whether nothing may be there instead, because the store was being cleared.
    pub(crate) or_nothing: bool,
}

impl Expected {
    /// An empty store for so many writers.
    pub(crate) fn nothing(writers: u8) -> Expected {
        Expected::just(Found {
            rows: (0..writers).map(|_| Rows::new()).collect(),
            commits: 0,
        })
    }

    fn just(found: Found) -> Expected {
        let histories: Vec<_> = found
            .rows
            .into_iter()
            .map(History::new)
            .map(Arc::new)
            .collect();
        Expected {
            spans: vec![Span::default(); histories.len()],
            histories,
            base: found.commits,
            or_nothing: false,
        }
    }

    /// The same histories, as far as they have come by now.
    fn so_far(&self) -> Expected {
        Expected {
            spans: self
                .histories
                .iter()
                .map(|history| history.span())
                .collect(),
            ..self.clone()
        }
    }
}

/// A moment at which something was about to be synced, and what had been promised by then.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) disk: Disk,
    pub(crate) expected: Expected,
    /// Whether it was before the store was open and judged.
    pub(crate) opening: bool,
}

/// What happens in a life.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) options: Options,
    /// How many commits each writer tries.
    pub(crate) commits: usize,
    pub(crate) heavy: bool,
    /// Whether the store is cleared then, and written to again.
    pub(crate) clear: bool,
    pub(crate) seed: u64,
}

/// The moments of a life, and how many commits were acknowledged in it.
#[derive(Debug, Default)]
pub(crate) struct Past {
    pub(crate) moments: Vec<Moment>,
    pub(crate) acknowledged: usize,
}

#[derive(Debug)]
struct Recorder {
    moments: Vec<Moment>,
    expected: Expected,
    /// Whether the histories go on, or have ended.
    living: bool,
    opening: bool,
    acknowledged: usize,
}

impl Recorder {
    fn record(&mut self, disk: &Disk) {
        self.moments.push(Moment {
            disk: disk.clone(),
            expected: self.now(),
            opening: self.opening,
        });
    }

    fn now(&self) -> Expected {
        match self.living {
            true => self.expected.so_far(),
            false => self.expected.clone(),
        }
    }

    /// From now on this is what may be there.
    fn turn(&mut self, expected: Expected, living: bool) {
        if self.living {
            let spans = self.now().spans;
            self.acknowledged += spans.iter().map(|span| span.acknowledged).sum::<usize>();
        }
        self.expected = expected;
        self.living = living;
        self.opening = false;
    }
}

#[derive(Clone, Debug)]
struct Recording(Arc<Mutex<Recorder>>);

impl Recording {
    fn lock(&self) -> MutexGuard<'_, Recorder> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) -> Watch {
        let recording = self.clone();
        Box::new(move |disk: &Disk, _: Ino| recording.lock().record(disk))
    }
}

/// Opens the store on a disk, compares what is there with what may be, and goes on from there. Says what was not as it
/// must be.
pub(crate) fn live(disk: Disk, expected: &Expected, plan: &Plan) -> Result<Past, String> {
    let recording = Recording(Arc::new(Mutex::new(Recorder {
        moments: Vec::new(),
        expected: expected.clone(),
        living: false,
        opening: true,
        acknowledged: 0,
    })));
    let mounted = Mounted::new(disk, recording.watch()).map_err(|e| e.to_string())?;
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let runtime = runtime().map_err(|e| e.to_string())?;
        runtime.block_on(on(&mounted, &recording, expected, plan))
    }));
    lived.unwrap_or_else(|panic| Err(format!("panicked: {}", message(&*panic))))?;
    let mut recorder = recording.lock();
    let end = recorder.now();
    recorder.turn(end, false);
    recorder.record(&mounted.disk());
    Ok(Past {
        moments: std::mem::take(&mut recorder.moments),
        acknowledged: recorder.acknowledged,
    })
}

async fn on(
    mounted: &Mounted,
    recording: &Recording,
    expected: &Expected,
    plan: &Plan,
) -> Result<(), String> {
    let folder = mounted.path().join(FOLDER);
    let store = Store::open_with(&folder, &plan.options).map_err(|e| format!("opening: {e}"))?;
    let found = judge(&store, &folder, expected).await?;
    let mut rng = Rng::with_seed(plan.seed);
    write(&store, recording, Expected::just(found), plan, &mut rng).await?;
    if plan.clear {
        let before = recording.lock().now();
        let writers = before.spans.len() as u8;
        recording.lock().turn(
            Expected {
                or_nothing: true,
                ..before
            },
            false,
        );
        store.clear().await.map_err(|e| format!("clearing: {e}"))?;
        write(
            &store,
            recording,
            Expected::nothing(writers),
            plan,
            &mut rng,
        )
        .await?;
    }
    accepts_bodies(&store).await
}

/// Lets each writer go on from its rows.
async fn write(
    store: &Store,
    recording: &Recording,
    now: Expected,
    plan: &Plan,
    rng: &mut Rng,
) -> Result<(), String> {
    recording.lock().turn(now.clone(), true);
    let writers = (0u8..).zip(now.histories).map(|(name, history)| {
        let mut writer = Writer {
            name,
            rng: rng.fork(),
            history,
            heavy: plan.heavy,
        };
        let (store, commits) = (store.clone(), plan.commits);
        tokio::spawn(async move { writer.run(&store, commits).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        let outcome = writer.await.map_err(|e| e.to_string())?;
        outcome.map_err(|e| format!("writing: {e}"))?;
    }
    Ok(())
}

/// A store that opened also takes something in.
async fn accepts_bodies(store: &Store) -> Result<(), String> {
    let failed = |error: store::Error| format!("taking a body in: {error}");
    let id = receive(store, 1, 70_000, 7_000).await.map_err(failed)?;
    store.sweep(noon()).await.map_err(failed)?;
    match store.release(id).await.map_err(failed)? {
        true => Ok(()),
        false => Err("a body that nobody owns was not released".to_owned()),
    }
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("?")
}

//! Rounds of writing, killing and looking.

use std::{
    error::Error,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use fastrand::Rng;

use crate::{
    BUCKET, Settings, Tally, check,
    client::{Ask, Client, Stop, ask},
    leftovers,
    race::Race,
    server::{Server, pause},
    worker::Worker,
};

const WORKERS: usize = 4;
/// How many acknowledged writes a server lives to see at most.
const LIFE: u64 = 400;

/// How long a round may take at most.
const HANGS: Duration = Duration::from_secs(180);

/// One run.
pub(crate) struct Run {
    work: tempfile::TempDir,
    workers: Vec<Worker>,
    race: Race,
    rng: Rng,
    tally: Tally,
}

impl Run {
    pub(crate) fn new(settings: &Settings) -> Result<Run, Box<dyn Error>> {
        Ok(Run {
            work: tempfile::tempdir()?,
            workers: (0..WORKERS)
                .map(|number| Worker::new(number, settings.seed))
                .collect(),
            race: Race::default(),
            rng: Rng::with_seed(settings.seed),
            tally: Tally::default(),
        })
    }

    pub(crate) fn all(mut self, rounds: u64) -> Result<Tally, Box<dyn Error>> {
        for round in 0..rounds {
            self.tally.rounds = round;
            self.round()?;
            if !self.tally.good() {
                break;
            }
        }
        self.tally.rounds = rounds;
        self.finish()?;
        Ok(self.tally)
    }

    /// Starts, looks, writes, kills; sometimes looks into the folder before the next start.
    fn round(&mut self) -> Result<(), Box<dyn Error>> {
        let _over = Watchdog::new(self.tally.rounds, self.data());
        let server = Server::start(self.work.path())?;
        self.look(&server)?;
        let life = self.rng.u64(1..LIFE);
        let delay = Duration::from_micros(self.rng.u64(..20_000));
        self.write(server, life, delay)?;
        if self.rng.bool() {
            self.tally.leaked += leftovers::sweep(&self.data())?;
        }
        Ok(())
    }

    fn look(&mut self, server: &Server) -> Result<(), Box<dyn Error>> {
        let client = Client::new(&server.url);
        let made = client.must(&ask("PUT", BUCKET, ""), 200);
        let outcome = made
            .and_then(|_| check::check(&client, &mut self.workers, &self.race, &mut self.tally));
        outcome.map_err(|stop| format!("round {}: {stop:?}", self.tally.rounds).into())
    }

    /// Writes until so many writes were acknowledged, and a little longer; then kills the server.
    fn write(&mut self, server: Server, life: u64, delay: Duration) -> Result<(), Box<dyn Error>> {
        let acknowledged = AtomicU64::new(0);
        let url = server.url.clone();
        let finished = AtomicBool::new(false);
        let (count, race, rng) = (&acknowledged, &self.race, &mut self.rng);
        let mut complaints = Vec::new();
        thread::scope(|scope| -> Result<(), Box<dyn Error>> {
            let url = &url;
            let mut running: Vec<_> = self
                .workers
                .iter_mut()
                .map(|worker| scope.spawn(move || worker.run(&Client::new(url), count)))
                .collect();
            for _ in 0..2 {
                let rng = rng.fork();
                running.push(scope.spawn(move || race.put(&Client::new(url), rng, count)));
            }
            running.push(scope.spawn(move || race.keep(&Client::new(url), count)));
            while count.load(Ordering::Relaxed) < life && !running.iter().any(|r| r.is_finished()) {
                pause(Duration::from_micros(200));
            }
            pause(delay);
            finished.store(running.iter().any(|r| r.is_finished()), Ordering::Relaxed);
            server.kill()?;
            for worker in running {
                complaints.extend(worker.join().map_err(|_| "a worker panicked")?);
            }
            Ok(())
        })?;
        self.tally.acknowledged += acknowledged.into_inner();
        if finished.into_inner() {
            self.tally
                .complain(["a worker stopped before the server was killed".to_owned()]);
        }
        self.tally.complain(complaints);
        Ok(())
    }

    /// Looks once more, shows that the look would find a loss, and deletes everything: nothing may be left.
    fn finish(&mut self) -> Result<(), Box<dyn Error>> {
        let server = Server::start(self.work.path())?;
        self.look(&server)?;
        let client = Client::new(&server.url);
        if self.tally.good() {
            self.prove(&client).map_err(|stop| format!("{stop:?}"))?;
        }
        clear(&client).map_err(|stop| format!("{stop:?}"))?;
        server.kill()?;
        self.tally.leaked += leftovers::sweep(&self.data())?;
        self.tally.leaked += leftovers::count(&self.data())?;
        Ok(())
    }

    /// Does behind the ledger's back what a crash must not do, and demands that the look finds it.
    fn prove(&mut self, client: &Client) -> Result<(), Stop> {
        let held = |(key, slot): (&String, &crate::ledger::Slot)| {
            slot.now
                .as_ref()
                .map(|version| (key.clone(), version.bytes()))
        };
        let mut held: Vec<_> = self.workers[0].ledger.0.iter().filter_map(held).collect();
        held.retain(|(_, bytes)| bytes.len() > 1);
        let [(lost, _), (half, bytes), ..] = &held[..] else {
            return Err(Stop::Wrong("too few objects to prove anything".to_owned()));
        };
        client.must(&ask("DELETE", BUCKET, lost), 204)?;
        let body = &bytes[..bytes.len() / 2];
        client.must(&ask("DELETE", BUCKET, half), 204)?;
        client.must(
            &Ask {
                body,
                ..ask("PUT", BUCKET, half)
            },
            200,
        )?;
        let mut found = Tally {
            quiet: true,
            ..Tally::default()
        };
        check::check(client, &mut self.workers, &self.race, &mut found)?;
        if (found.lost, found.half) == (1, 1) {
            return Ok(());
        }
        Err(Stop::Wrong(format!(
            "made a loss and a half object, and found {found:?}"
        )))
    }

    fn data(&self) -> PathBuf {
        self.work.path().join("data")
    }
}

/// Ends the test when a round hangs, and leaves the folder to be looked at. A round takes about a second.
struct Watchdog(
    #[expect(dead_code, reason = "dropping it says that the round is over")] Sender<()>,
);

impl Watchdog {
    fn new(round: u64, data: PathBuf) -> Watchdog {
        let (over, waiting) = mpsc::channel();
        thread::spawn(move || {
            if waiting.recv_timeout(HANGS) == Err(RecvTimeoutError::Timeout) {
                println!(
                    "kill: round {round} hangs; the data are in {}",
                    data.display()
                );
                std::process::exit(1);
            }
        });
        Watchdog(over)
    }
}

/// Deletes everything.
fn clear(client: &Client) -> Result<(), Stop> {
    let list = |query| {
        client.must(
            &Ask {
                query,
                ..ask("GET", BUCKET, "")
            },
            200,
        )
    };
    for key in list("max-keys=1000")?.texts("Key") {
        client.must(&ask("DELETE", BUCKET, &key), 204)?;
    }
    let uploads = list("uploads")?;
    for (key, id) in uploads.texts("Key").iter().zip(uploads.texts("UploadId")) {
        let query = format!("uploadId={id}");
        client.must(
            &Ask {
                query: &query,
                ..ask("DELETE", BUCKET, key)
            },
            204,
        )?;
    }
    client.must(&ask("DELETE", BUCKET, ""), 204).map(drop)
}

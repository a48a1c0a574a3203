//! What every instance owns: a process, what it prints, and an eye on its memory and on the time.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::runtime::output::Output;
use crate::spawn::Process;

/// From asking a group to end until it is killed (`spec/fc.md` §6.3).
const GRACE: Duration = Duration::from_secs(1);
/// How long an answer that a dead process left behind may take to arrive.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(50);
/// How often memory is looked at.
const SAMPLE: Duration = Duration::from_millis(20);

/// A process and what goes with it.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) process: Process,
    pub(crate) output: Output,
    /// In bytes.
    memory_limit: u64,
    peak: AtomicU64,
}

/// How a wait for the process ended.
pub(crate) enum Waited<T> {
    Done(T),
    Died,
    TimedOut,
}

impl Tenant {
    pub(crate) fn new(process: Process, output: Output, memory_limit: u64) -> Self {
        Self {
            process,
            output,
            memory_limit,
            peak: AtomicU64::new(0),
        }
    }

    /// Waits for `work`, and meanwhile reads the output, watches the process and its memory, and keeps the time.
    pub(crate) async fn attend<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Waited<T> {
        let mut work = pin!(work);
        let mut deadline = pin!(sleep(limit));
        let mut sample = interval(SAMPLE);
        sample.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let waited = loop {
            // In this order: an answer counts although the process is already dead, and a process that floods us with
            // output still runs out of time.
            tokio::select! {
                biased;
                done = &mut work => break Waited::Done(done),
                () = self.process.died() => break match timeout(LAST_WORDS, &mut work).await {
                    Ok(done) => Waited::Done(done),
                    Err(_) => Waited::Died,
                },
                () = &mut deadline => break Waited::TimedOut,
                _ = sample.tick() => if self.is_over_memory() { break Waited::Died },
                () = self.output.fill() => {}
            }
        };
        self.is_over_memory();
        waited
    }

    /// Notes the peak so far. A process with more than is allowed is killed.
    fn is_over_memory(&self) -> bool {
        let peak = self.process.peak_memory().unwrap_or(0);
        self.peak.fetch_max(peak, Ordering::Relaxed);
        let over = self.process.is_over_memory(self.memory_limit);
        if over {
            self.process.kill();
        }
        over
    }

    /// The most memory so far, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Asks the process to end, listens to what it has to say about that for a moment, and ends it.
    pub(crate) async fn terminate(&self) {
        self.process.terminate();
        let listen = async {
            loop {
                tokio::select! {
                    () = self.process.died() => return,
                    () = self.output.fill() => {}
                }
            }
        };
        if timeout(GRACE, listen).await.is_err() {
            self.process.kill();
        }
    }
}

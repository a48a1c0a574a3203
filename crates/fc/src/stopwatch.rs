//! Elapsed time. The clock of virtual time never applies here: a process really runs for as long as it runs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Measures from its creation, on the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch {
    started: Timespec,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            started: clock_gettime(ClockId::Monotonic),
        }
    }

    pub(crate) fn elapsed(self) -> Duration {
        let passed = clock_gettime(ClockId::Monotonic) - self.started;
        Duration::try_from(passed).unwrap_or_default()
    }
}

/// The time, as the programs of functions see it.
pub(crate) fn wall() -> DateTime<Utc> {
    let millis = i64::try_from(wall_millis()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// Milliseconds since 1970, as the programs of functions see them.
pub(crate) fn wall_millis() -> u64 {
    let now = clock_gettime(ClockId::Realtime);
    let millis = now.tv_sec.saturating_mul(1000) + now.tv_nsec / 1_000_000;
    u64::try_from(millis).unwrap_or(0)
}

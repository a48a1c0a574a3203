//! Three clocks, read once per request.
//!
//! * *wall*: signature skew, nonces, the `Date` header, sweeping. SDKs correct their own clock from `Date`, so
//!   what we tell them is always wall time.
//! * *virtual*: expiry of tokens and signed URLs, policy conditions, `Last-Modified`. The admin API moves it.
//! * *monotonic*: durations.

use std::pin::pin;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::Notify;

/// Where wall and monotonic time come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    System,
    /// Wall time stands still at this instant (tests).
    Fixed(DateTime<Utc>),
}

/// A move of the virtual clock: from `wall` on, virtual time is wall time plus `offset`.
#[derive(Debug, Clone, Copy)]
struct Move {
    wall: DateTime<Utc>,
    offset: TimeDelta,
}

/// The clocks of one cloud.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    started: Instant,
    /// In the order in which they were made. Kept, so that a time signed before a move keeps its age.
    moves: RwLock<Vec<Move>>,
    /// Whether there are any: every request asks, and taking the lock costs more than all else here.
    has_moved: AtomicBool,
    /// Wakes those who wait for a time.
    moved: Notify,
}

/// The three clocks as one request saw them.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Wall time, UTC.
    pub wall: DateTime<Utc>,
    /// Virtual time, UTC.
    pub virtual_: DateTime<Utc>,
    /// Since the clock was made.
    pub monotonic: Duration,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::of(Source::System)
    }

    /// A wall clock that stands still at `wall`; the virtual one can still be moved.
    pub fn fixed(wall: DateTime<Utc>) -> Self {
        Self::of(Source::Fixed(wall))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
    fn of(source: Source) -> Self {
        Self {
            source,
            started: Instant::now(),
            moves: RwLock::default(),
            has_moved: AtomicBool::new(false),
            moved: Notify::new(),
        }
    }

    /// All three clocks, now.
    pub fn now(&self) -> Moment {
        let wall = self.wall();
        Moment {
            wall,
            virtual_: wall + self.offset_at(wall),
            monotonic: self.monotonic(),
        }
    }

    /// Time since this clock was made.
    pub fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    /// Wall time with the fraction of a second that the machine gives.
    #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
    pub fn wall(&self) -> DateTime<Utc> {
        match self.source {
            Source::System => Utc::now(),
            Source::Fixed(at) => at,
        }
    }

    /// How far virtual time is ahead of wall time now.
    pub fn offset(&self) -> TimeDelta {
        self.offset_at(self.wall())
    }

    /// Moves virtual time by `by`, which may be negative. Returns the new offset.
    pub fn advance(&self, by: TimeDelta) -> TimeDelta {
        let wall = self.wall();
        let offset = self.offset_at(wall) + by;
        self.push(Move { wall, offset });
        offset
    }

    /// Sets virtual time to `to`. Returns the new offset.
    pub fn set(&self, to: DateTime<Utc>) -> TimeDelta {
        let wall = self.wall();
        let offset = to - wall;
        self.push(Move { wall, offset });
        offset
    }

    /// Forgets every move: virtual time is wall time again.
    pub fn reset(&self) {
        let mut moves = self.lock_moves();
        moves.clear();
        self.has_moved.store(false, Ordering::Release);
        drop(moves);
        self.moved.notify_waiters();
    }

    /// Waits until virtual time has come to `at`, by itself or because it was moved.
    pub async fn reaches(&self, at: DateTime<Utc>) {
        loop {
            let mut moved = pin!(self.moved.notified());
            moved.as_mut().enable();
            let left = (at - self.now().virtual_).to_std().unwrap_or_default();
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = moved => {}
                () = tokio::time::sleep(left) => {}
            }
        }
    }

    /// Waits until virtual time is moved, counted from this call on and not from when it is first polled.
    pub fn moved(&self) -> impl Future<Output = ()> {
        self.moved.notified()
    }

    /// The virtual time at which something stamped `wall` by a client happened.
    pub fn virtual_at(&self, wall: DateTime<Utc>) -> DateTime<Utc> {
        wall + self.offset_at(wall)
    }

    /// Clients stamp whole seconds, so a move counts for the whole second in which it was made.
    fn offset_at(&self, wall: DateTime<Utc>) -> TimeDelta {
        if !self.has_moved.load(Ordering::Acquire) {
            return TimeDelta::zero();
        }
        let moves = self.moves.read().unwrap_or_else(|e| e.into_inner());
        let made = moves.iter().rev().find(|m| m.wall.trunc_subsecs(0) <= wall);
        made.map_or(TimeDelta::zero(), |m| m.offset)
    }

    fn push(&self, made: Move) {
        let mut moves = self.lock_moves();
        moves.push(made);
        self.has_moved.store(true, Ordering::Release);
        drop(moves);
        self.moved.notify_waiters();
    }

    fn lock_moves(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Move>> {
        self.moves.write().unwrap_or_else(|e| e.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn virtual_time_is_wall_time_until_it_is_moved() {
        let clock = Clock::fixed(at("2026-01-01T00:00:00.5Z"));
        assert_eq!(clock.now().virtual_, clock.now().wall);
        clock.advance(TimeDelta::seconds(3600));
        assert_eq!(clock.now().virtual_, at("2026-01-01T01:00:00.5Z"));
        assert_eq!(clock.now().wall, at("2026-01-01T00:00:00.5Z"));
    }

    #[test]
    fn moves_add_up_and_can_be_forgotten() {
        let clock = Clock::fixed(at("2026-01-01T00:00:00Z"));
        clock.advance(TimeDelta::seconds(60));
        assert_eq!(clock.advance(TimeDelta::seconds(-20)).num_seconds(), 40);
        clock.set(at("2030-01-01T00:00:00Z"));
        assert_eq!(clock.now().virtual_, at("2030-01-01T00:00:00Z"));
        clock.reset();
        assert_eq!(clock.offset(), TimeDelta::zero());
    }

    #[tokio::test]
    async fn who_waits_for_a_time_is_woken_by_a_move() {
        let clock = Clock::fixed(at("2026-01-01T00:00:00Z"));
        clock.reaches(at("2025-12-31T00:00:00Z")).await;
        let waiting = clock.reaches(at("2026-01-02T00:00:00Z"));
        let moving = async {
            tokio::task::yield_now().await;
            clock.advance(TimeDelta::hours(12));
            tokio::task::yield_now().await;
            clock.advance(TimeDelta::hours(12));
        };
        tokio::join!(waiting, moving);
        assert_eq!(clock.now().virtual_, at("2026-01-02T00:00:00Z"));
    }

    #[test]
    fn what_was_stamped_before_a_move_keeps_its_age() {
        let clock = Clock::fixed(at("2026-01-01T12:00:00Z"));
        clock.advance(TimeDelta::hours(1));
        let before = at("2026-01-01T11:59:00Z");
        assert_eq!(clock.virtual_at(before), before);
        let after = at("2026-01-01T12:00:00Z");
        assert_eq!(clock.virtual_at(after), at("2026-01-01T13:00:00Z"));
    }
}

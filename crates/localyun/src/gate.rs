//! Requests under way, and who waits until there are none.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, MutexGuard, Notify};

/// Lets everybody in until somebody wants to be alone. A lock for readers and a writer, but every request takes this
/// one, and where nobody waits, coming and going are an addition each.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// How many are inside, and [`CLOSED`].
    inside: AtomicUsize,
    /// Somebody may have been the last to leave.
    left: Notify,
    /// The gate is open again.
    opened: Notify,
    /// Held by who is alone, or waits to be.
    turn: Mutex<()>,
}

/// Set while somebody is alone, or waits to be.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// Being inside. Dropping it is leaving.
#[derive(Debug)]
pub(crate) struct Inside<'a>(&'a Gate);

/// Being alone. Dropping it opens the gate.
#[derive(Debug)]
pub(crate) struct Alone<'a> {
    gate: &'a Gate,
    _turn: MutexGuard<'a, ()>,
}

impl Gate {
    /// Goes in, at once or when the gate is open again.
    pub(crate) async fn enter(&self) -> Inside<'_> {
        loop {
            if let Some(inside) = self.try_enter() {
                return inside;
            }
            // In a box, so that whoever finds it open need not carry the room for it.
            Box::pin(self.is_open()).await;
        }
    }

    fn try_enter(&self) -> Option<Inside<'_>> {
        let before = self.inside.fetch_add(1, Ordering::Acquire);
        let inside = Inside(self);
        (before & CLOSED == 0).then_some(inside)
    }

    async fn is_open(&self) {
        let mut opened = pin!(self.opened.notified());
        opened.as_mut().enable();
        if self.inside.load(Ordering::Acquire) & CLOSED != 0 {
            opened.await;
        }
    }

    /// Keeps everybody out from now on, and waits until those inside have left.
    pub(crate) async fn alone(&self) -> Alone<'_> {
        let turn = self.turn.lock().await;
        self.inside.fetch_or(CLOSED, Ordering::AcqRel);
        let alone = Alone {
            gate: self,
            _turn: turn,
        };
        while self.inside.load(Ordering::Acquire) != CLOSED {
            self.left.notified().await;
        }
        alone
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if self.0.inside.fetch_sub(1, Ordering::AcqRel) == CLOSED + 1 {
            self.0.left.notify_one();
        }
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.gate.inside.fetch_and(!CLOSED, Ordering::AcqRel);
        self.gate.opened.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_is_alone_waits_for_those_inside_and_keeps_others_out() {
        let gate = Gate::default();
        let (one, two) = (gate.enter().await, gate.enter().await);
        let mut alone = Box::pin(gate.alone());
        assert!(alone.as_mut().now_or_never().is_none());
        let mut late = Box::pin(gate.enter());
        assert!(late.as_mut().now_or_never().is_none());
        drop(one);
        assert!(alone.as_mut().now_or_never().is_none());
        drop(two);
        let alone = alone.await;
        assert!(late.as_mut().now_or_never().is_none());
        drop(alone);
        late.await;
        assert!(gate.enter().now_or_never().is_some());
    }

    #[tokio::test]
    async fn who_gives_up_waiting_opens_the_gate() {
        let gate = Gate::default();
        let inside = gate.enter().await;
        assert!(gate.alone().now_or_never().is_none());
        assert!(gate.enter().now_or_never().is_some());
        drop(inside);
        assert!(gate.alone().now_or_never().is_some());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nobody_is_inside_while_somebody_is_alone() {
        let (gate, busy) = (Arc::new(Gate::default()), Arc::new(AtomicBool::new(false)));
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..8 {
            let (gate, busy) = (gate.clone(), busy.clone());
            tasks.spawn(async move {
                for round in 0..500 {
                    if (round + task) % 50 == 0 {
                        let _alone = gate.alone().await;
                        assert!(!busy.swap(true, Ordering::SeqCst));
                        tokio::task::yield_now().await;
                        assert!(busy.swap(false, Ordering::SeqCst));
                    } else {
                        let _inside = gate.enter().await;
                        assert!(!busy.load(Ordering::SeqCst));
                        tokio::task::yield_now().await;
                        assert!(!busy.load(Ordering::SeqCst));
                    }
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    }
}

//! Who stops a task reaches the attempt that runs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Queue;

/// The attempts that go on, by the keys of their rows.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashMap<String, Arc<Notify>>>);

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt that can be interrupted for as long as this lives.
pub(super) struct Interruptible<'a> {
    running: &'a Running,
    key: &'a str,
    notify: Arc<Notify>,
}

impl Interruptible<'_> {
    /// Returns when somebody interrupts, or has done so since this was made.
    pub(super) async fn told(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Interruptible<'_> {
    fn drop(&mut self) {
        self.running.lock().remove(self.key);
    }
}

impl Queue {
    /// Makes the attempt at this row one that can be interrupted. There is one at a time.
    pub(super) fn interruptible<'a>(&'a self, key: &'a str) -> Interruptible<'a> {
        let notify = Arc::new(Notify::new());
        let running = &self.running;
        running.lock().insert(key.to_owned(), notify.clone());
        Interruptible {
            running,
            key,
            notify,
        }
    }

    /// Interrupts the attempt at this row, if there is one.
    pub(crate) fn interrupt(&self, key: &str) {
        if let Some(notify) = self.running.lock().get(key) {
            notify.notify_one();
        }
    }
}

//! Whether the client of a request still waits for the answer.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The other end of a connection. Clones are the same one; the default is nobody, who never goes.
#[derive(Debug, Clone, Default)]
pub struct Client(Option<Arc<Line>>);

#[derive(Debug, Default)]
struct Line {
    watched: AtomicBool,
    gone: AtomicBool,
    told: Notify,
}

/// Somebody wants to know, for as long as this lives.
struct Watching<'a>(&'a Line);

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.0.watched.store(false, Ordering::Relaxed);
    }
}

impl Client {
    /// One whose connection says when it has gone.
    pub fn connected() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether anybody wants to know that it has gone. Else nobody has to look.
    pub fn is_watched(&self) -> bool {
        let line = self.0.as_deref();
        line.is_some_and(|line| line.watched.load(Ordering::Relaxed))
    }

    /// Says that it has gone.
    pub fn hang_up(&self) {
        if let Some(line) = &self.0 {
            line.gone.store(true, Ordering::Release);
            line.told.notify_waiters();
        }
    }

    /// Whether that was seen.
    pub fn has_gone(&self) -> bool {
        let line = self.0.as_deref();
        line.is_some_and(|line| line.gone.load(Ordering::Acquire))
    }

    /// Returns once it has gone. It is looked at only meanwhile.
    pub async fn gone(&self) {
        let Some(line) = &self.0 else {
            return pending().await;
        };
        let mut told = pin!(line.told.notified());
        told.as_mut().enable();
        line.watched.store(true, Ordering::Relaxed);
        let _watching = Watching(line);
        if !self.has_gone() {
            told.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn it_is_watched_while_somebody_waits() {
        let client = Client::connected();
        {
            let mut gone = pin!(client.gone());
            assert!(gone.as_mut().now_or_never().is_none());
            assert!(client.is_watched());
            client.clone().hang_up();
            gone.await;
        }
        assert!(!client.is_watched() && client.has_gone());
        client.gone().await;
    }

    #[tokio::test]
    async fn nobody_never_goes() {
        let nobody = Client::default();
        nobody.hang_up();
        assert!(nobody.gone().now_or_never().is_none());
        assert!(!nobody.is_watched() && !nobody.has_gone());
    }
}

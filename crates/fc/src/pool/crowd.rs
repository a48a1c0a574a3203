//! Requests that share an instance, for functions whose instances take several at a time (`spec/fc.md` §1.8).
//!
//! The first request of a crowd finds or starts the instance, and those that come meanwhile wait for it. Each then has a
//! handle of its own. The last one to leave gives the instance back, as any other request does.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::check_in;
use super::seats::{Seats, Taken, Warm};
use crate::Invocation;
use crate::host::{HostError, Invoked, RevisionKey};
use crate::runtime::Instance;

/// The requests that share one instance.
pub(crate) struct Crowd {
    pub(super) key: RevisionKey,
    inner: Mutex<Inner>,
}

enum Inner {
    /// Nobody has made the instance yet.
    Promised(Taken),
    Here(Warm),
    /// It could not be made. All who have waited for it are told the same.
    Failed(Failure),
    /// Whoever made it has gone.
    Broken,
}

/// Why there is no instance: the outcome of an initializer, or what kept the instance from starting.
type Failure = Result<Invoked, HostError>;

impl Inner {
    fn fail(&mut self, why: Failure) -> Entered {
        *self = Self::Failed(why.clone());
        Entered::Failed(why)
    }
}

/// What a request finds in a crowd.
pub(super) enum Entered {
    /// Its handle, and the name of the instance.
    Handle(Box<dyn Instance>, String),
    /// There is no instance, and this is why.
    Failed(Failure),
    /// There is no instance, as the request that was to make it has gone.
    Broken,
}

/// What making an instance came to.
pub(super) type Made = Result<Result<Warm, Invoked>, HostError>;

impl Crowd {
    pub(super) fn new(key: RevisionKey, taken: Taken) -> Self {
        let inner = Mutex::new(Inner::Promised(taken));
        Self { key, inner }
    }

    /// Whether another request can use the instance. One that is being made counts.
    pub(super) fn is_open(&self, fresh: impl Fn(&Warm) -> bool) -> bool {
        match self.inner.try_lock().as_deref() {
            Ok(Inner::Here(warm)) => warm.instance.is_alive() && fresh(warm),
            Ok(Inner::Failed(_) | Inner::Broken) => false,
            Ok(Inner::Promised(_)) | Err(_) => true,
        }
    }
}

/// The place of one request in a crowd. Dropping it leaves.
pub(super) struct Place {
    pub(super) crowd: Arc<Crowd>,
    pub(super) seats: Arc<Seats>,
}

impl Place {
    /// A handle on the instance, which `make` makes if nobody has.
    pub(super) async fn enter<F>(
        &self,
        invocation: &Invocation,
        make: impl FnOnce(Taken) -> F,
    ) -> Entered
    where
        F: Future<Output = Made>,
    {
        let mut inner = self.crowd.inner.lock().await;
        // Should this future be dropped while the instance is made, the crowd stays broken.
        let mut warm = match std::mem::replace(&mut *inner, Inner::Broken) {
            Inner::Here(warm) => warm,
            Inner::Broken => return Entered::Broken,
            Inner::Failed(why) => return inner.fail(why),
            Inner::Promised(taken) => match make(taken).await {
                Ok(Ok(warm)) => warm,
                Ok(Err(failed)) => return inner.fail(Ok(failed)),
                Err(error) => return inner.fail(Err(error)),
            },
        };
        warm.remember(invocation);
        let handle = warm.instance.another();
        let id = warm.id.clone();
        *inner = Inner::Here(warm);
        match handle {
            Some(handle) => Entered::Handle(handle, id),
            None => Entered::Failed(Err(HostError::NoRuntime(
                "an instance of this runtime takes one request at a time".into(),
            ))),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.seats.leave_crowd(&self.crowd) {
            return;
        }
        // Nobody else is in it, and nobody can come any more.
        let Ok(mut inner) = self.crowd.inner.try_lock() else {
            return;
        };
        if let Inner::Here(warm) = std::mem::replace(&mut *inner, Inner::Broken) {
            check_in(&self.seats, warm);
        }
    }
}

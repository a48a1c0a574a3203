//! Ports of the host, for programs that have no network of their own: one program a port at a time.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

/// What can give up a port: an instance.
pub(crate) trait Holder: Send + Sync {
    /// Ends for good if nothing is under way.
    fn make_room(self: Arc<Self>);
}

/// Who holds which port.
#[derive(Default)]
pub(crate) struct Ports {
    held: Mutex<HashMap<u16, Option<Weak<dyn Holder>>>>,
    freed: Notify,
}

/// The right to a port. Free again when this is dropped.
pub(crate) struct Port {
    ports: Arc<Ports>,
    number: u16,
}

impl Ports {
    /// Waits for a port, and asks who holds it to make room if it is idle.
    pub(crate) async fn take(self: &Arc<Self>, number: u16) -> Port {
        loop {
            let freed = self.freed.notified();
            let holder = {
                let mut held = self.held();
                match held.get(&number) {
                    None => {
                        held.insert(number, None);
                        let ports = Arc::clone(self);
                        return Port { ports, number };
                    }
                    Some(holder) => holder.as_ref().and_then(Weak::upgrade),
                }
            };
            if let Some(holder) = holder {
                holder.make_room();
            }
            freed.await;
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<u16, Option<Weak<dyn Holder>>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.held().keys()).finish()
    }
}

impl std::fmt::Debug for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Port").field(&self.number).finish()
    }
}

impl Port {
    /// Says whom to ask for it.
    pub(crate) fn is_held_by(&self, holder: Weak<dyn Holder>) {
        self.ports.held().insert(self.number, Some(holder));
    }

    /// Lets those who wait ask again: its holder has become idle.
    pub(crate) fn can_be_asked_for(&self) {
        self.ports.freed.notify_waiters();
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.ports.held().remove(&self.number);
        self.ports.freed.notify_waiters();
    }
}

/// A port that nobody uses now.
pub(crate) fn free() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    Ok(listener.local_addr()?.port())
}

/// Whether a program could listen on a port now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
}

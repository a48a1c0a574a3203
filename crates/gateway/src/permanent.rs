//! Access keys that last until somebody deletes them, unlike those of sessions: where they may be used, and when they
//! last were.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use ipnet::IpNet;

/// What goes with a key that lasts.
#[derive(Debug, Default)]
pub struct PermanentKey {
    /// Where requests must come from; `None` is anywhere.
    pub networks: Option<Vec<IpNet>>,
    /// When it was last used.
    pub last_use: Arc<LastUse>,
}

impl PermanentKey {
    /// Whether requests from this address may use the key.
    pub fn is_open_to(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        let inside = |networks: &Vec<IpNet>| networks.iter().any(|net| net.contains(&peer));
        self.networks.as_ref().is_none_or(inside)
    }
}

/// One use of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// When, in virtual time.
    pub at: DateTime<Utc>,
    /// For which service: [`crate::Service::PRODUCT`].
    pub service: &'static str,
}

/// When a key was last used, in this process, to the second. It stands on the way of every request, so nobody waits for
/// it: of requests of one service that arrive in the same second the first is noted.
#[derive(Debug, Default)]
pub struct LastUse {
    last: Mutex<Option<Use>>,
    /// The [`mark`] of the last.
    noted: AtomicU64,
}

impl LastUse {
    /// Takes note of a use.
    pub fn note(&self, at: DateTime<Utc>, service: &'static str) {
        let mark = mark(at, service);
        if self.noted.load(Ordering::Relaxed) == mark {
            return;
        }
        if let Ok(mut last) = self.last.try_lock() {
            *last = Some(Use { at, service });
            self.noted.store(mark, Ordering::Relaxed);
        }
    }

    /// The last use; `None` if there was none.
    pub fn get(&self) -> Option<Use> {
        *self.last.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// A number that tells seconds and services apart: no two names of services have the same sum of letters.
fn mark(at: DateTime<Utc>, service: &str) -> u64 {
    let letters: u64 = service.bytes().map(u64::from).sum();
    at.timestamp().cast_unsigned() << 12 | letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_without_networks_is_open_to_all() {
        let mut key = PermanentKey::default();
        assert!(key.is_open_to(at("127.0.0.1")));
        key.networks = Some(vec![
            "10.0.0.0/8".parse().unwrap(),
            "2001:db8::/32".parse().unwrap(),
        ]);
        for (peer, open) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("2001:db8::1", true),
            ("127.0.0.1", false),
            ("2001:db9::1", false),
        ] {
            assert_eq!(key.is_open_to(at(peer)), open, "{peer}");
        }
        key.networks = Some(Vec::new());
        assert!(!key.is_open_to(at("127.0.0.1")));
    }

    #[test]
    fn the_last_use_is_the_last() {
        let last = LastUse::default();
        assert_eq!(last.get(), None);
        let at = DateTime::UNIX_EPOCH;
        last.note(at, "oss");
        last.note(at, "ram");
        assert_eq!(last.get(), Some(Use { at, service: "ram" }));
        for seconds in [2, 1, 0] {
            let at = at + chrono::TimeDelta::seconds(seconds);
            last.note(at, "ram");
            assert_eq!(last.get(), Some(Use { at, service: "ram" }));
        }
    }

    #[test]
    fn marks_tell_services_apart() {
        let services = ["oss", "sts", "ram", "ims", "location", "bssopenapi", "fc"];
        let marks = services.map(|service| mark(DateTime::UNIX_EPOCH, service));
        let mut different = marks.to_vec();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), services.len());
        assert!(different.iter().all(|mark| (1..1 << 12).contains(mark)));
    }
}

//! Signature nonces, remembered for as long as a request signed with them would be accepted.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// A request is accepted for 15 minutes on either side of its stamp, so a nonce must live for both.
const LIFE: TimeDelta = TimeDelta::minutes(30);

/// The nonces of the last half hour, by access key (spec/identity.md §1.1).
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    nonces: HashSet<Fingerprint>,
    by_age: VecDeque<(DateTime<Utc>, Fingerprint)>,
}

/// Stands for a key and its nonce, which may be long: half of a SHA-256.
type Fingerprint = [u8; 16];

impl Nonces {
    /// Takes note of a nonce; false if this key has used it before.
    pub(crate) fn take(&self, access_key_id: &str, nonce: &str, wall: DateTime<Utc>) -> bool {
        // An access key id has no blank, so the pair can't be read in two ways.
        let digest = Sha256::new_with_prefix(access_key_id);
        let digest = digest.chain_update(" ").chain_update(nonce).finalize();
        let mut name = Fingerprint::default();
        name.copy_from_slice(&digest[..16]);
        let mut seen = self.seen.lock().unwrap_or_else(|e| e.into_inner());
        seen.forget_before(wall - LIFE);
        if !seen.nonces.insert(name) {
            return false;
        }
        seen.by_age.push_back((wall, name));
        true
    }
}

impl Seen {
    fn forget_before(&mut self, limit: DateTime<Utc>) {
        while self.by_age.front().is_some_and(|(at, _)| *at < limit) {
            if let Some((_, name)) = self.by_age.pop_front() {
                self.nonces.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_for_its_key_and_its_time() {
        let nonces = Nonces::default();
        let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(nonces.take("a", "n", start));
        assert!(!nonces.take("a", "n", start + TimeDelta::minutes(29)));
        assert!(nonces.take("b", "n", start));
        assert!(nonces.take("a", "n", start + TimeDelta::minutes(31)));
    }
}

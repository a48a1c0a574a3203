//! A bucket that is made and deleted again and again while others put into it.
//!
//! Every key is put once. So what must be there is known: a put that was acknowledged and that nobody began to delete;
//! and what must not: a put that was refused because the bucket was not there, and what was deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use fastrand::Rng;

use crate::client::{Answer, Ask, Client, Stop, ask};

const BUCKET: &str = "race";

/// What is known of the bucket and of each key ever put into it.
#[derive(Debug, Default)]
pub(crate) struct Race(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    keys: BTreeMap<String, Key>,
    bucket: Bucket,
    next: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Key {
    put: Fate,
    deletion: Fate,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fate {
    #[default]
    Never,
    Unknown,
    Done,
    Refused,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Bucket {
    #[default]
    Absent,
    Unknown,
    There,
}

impl Race {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, key: &str, mark: impl FnOnce(&mut Key)) {
        mark(self.known().keys.entry(key.to_owned()).or_default());
    }

    /// Puts one object after another, small and large.
    pub(crate) fn put(
        &self,
        client: &Client,
        mut rng: Rng,
        acknowledged: &AtomicU64,
    ) -> Option<String> {
        stopped(|| {
            let key = {
                let mut known = self.known();
                known.next += 1;
                format!("{:08}", known.next)
            };
            self.mark(&key, |key| key.put = Fate::Unknown);
            let large = rng.u8(..4) == 0;
            let body = vec![7; if large { 100_000 } else { 100 }];
            let request = Ask {
                body: &body,
                ..ask("PUT", BUCKET, &key)
            };
            let answer = client.send(&request)?;
            let fate = match answer.status {
                200 => Fate::Done,
                404 if answer.text("Code") == "NoSuchBucket" => Fate::Refused,
                _ => return Err(answer.wrong(&request)),
            };
            self.mark(&key, |key| key.put = fate);
            acknowledged.fetch_add(u64::from(fate == Fate::Done), Ordering::Relaxed);
            Ok(())
        })
    }

    /// Makes the bucket, empties it and deletes it, over and over. Nobody else does.
    pub(crate) fn keep(&self, client: &Client, acknowledged: &AtomicU64) -> Option<String> {
        stopped(|| {
            self.known().bucket = Bucket::Unknown;
            client.must(&ask("PUT", BUCKET, ""), 200)?;
            self.known().bucket = Bucket::There;
            let mut gone = self.delete_bucket(client)?;
            while !gone {
                for key in listing(client)?.texts("Key") {
                    self.mark(&key, |key| key.deletion = Fate::Unknown);
                    client.must(&ask("DELETE", BUCKET, &key), 204)?;
                    self.mark(&key, |key| key.deletion = Fate::Done);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                gone = self.delete_bucket(client)?;
            }
            acknowledged.fetch_add(2, Ordering::Relaxed);
            Ok(())
        })
    }

    fn delete_bucket(&self, client: &Client) -> Result<bool, Stop> {
        self.known().bucket = Bucket::Unknown;
        let request = ask("DELETE", BUCKET, "");
        let answer = client.send(&request)?;
        let (bucket, gone) = match answer.status {
            204 => (Bucket::Absent, true),
            409 if answer.text("Code") == "BucketNotEmpty" => (Bucket::There, false),
            _ => return Err(answer.wrong(&request)),
        };
        self.known().bucket = bucket;
        Ok(gone)
    }

    /// Compares with what the server has, deletes all of it, and begins anew.
    pub(crate) fn settle(&self, client: &Client) -> Result<Vec<String>, Stop> {
        let answer = listing(client)?;
        let there = answer.status == 200;
        let found: BTreeSet<String> = answer.texts("Key").into_iter().collect();
        let known = std::mem::take(&mut *self.known());
        let mut complaints = known.complaints(there, &found);
        for key in &found {
            let object = client.must(&ask("GET", BUCKET, key), 200)?;
            if object.body.iter().any(|byte| *byte != 7)
                || ![100, 100_000].contains(&object.body.len())
            {
                complaints.push(format!("half of {key} is in the bucket"));
            }
            client.must(&ask("DELETE", BUCKET, key), 204)?;
        }
        if there {
            client.must(&ask("DELETE", BUCKET, ""), 204)?;
        }
        self.known().next = known.next;
        Ok(complaints)
    }
}

impl Known {
    fn complaints(&self, there: bool, found: &BTreeSet<String>) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.bucket != Bucket::Unknown && there != (self.bucket == Bucket::There) {
            complaints.push(format!(
                "the bucket is {:?} and found: {there}",
                self.bucket
            ));
        }
        for (name, key) in &self.keys {
            let must = key.put == Fate::Done && key.deletion == Fate::Never;
            let must_not = key.put == Fate::Refused || key.deletion == Fate::Done;
            if must && !found.contains(name) {
                complaints.push(format!("{name} was put and is lost"));
            }
            if must_not && found.contains(name) {
                complaints.push(format!("{name} is back: {key:?}"));
            }
        }
        complaints
    }
}

fn listing(client: &Client) -> Result<Answer, Stop> {
    let request = Ask {
        query: "max-keys=1000",
        ..ask("GET", BUCKET, "")
    };
    let answer = client.send(&request)?;
    match answer.status {
        200 | 404 if answer.text("IsTruncated") != "true" => Ok(answer),
        _ => Err(answer.wrong(&request)),
    }
}

/// Does something until the server is gone or gives a wrong answer, and returns that.
fn stopped(mut step: impl FnMut() -> Result<(), Stop>) -> Option<String> {
    loop {
        match step() {
            Ok(()) => {}
            Err(Stop::Gone) => return None,
            Err(Stop::Wrong(what)) => return Some(what),
        }
    }
}

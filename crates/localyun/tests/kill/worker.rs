//! A client that writes objects of its own: one request at a time, noting each before it is sent and when it is
//! acknowledged.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine, prelude::BASE64_STANDARD};
use fastrand::Rng;

use crate::{
    BUCKET,
    client::{Ask, Client, Stop, ask},
    ledger::{Ledger, Piece, Version},
    uploads::Uploads,
};

/// Bytes above which a body becomes a blob.
const SMALL: usize = 64 * 1024;
const MOST: usize = 400 * 1024;
/// How many plain and how many appendable objects a worker may have.
const PLAIN: usize = 12;
const LOGS: usize = 3;

/// One connection's work.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) rng: Rng,
    pub(crate) ledger: Ledger,
    pub(crate) uploads: Uploads,
}

impl Worker {
    pub(crate) fn new(number: usize, seed: u64) -> Worker {
        Worker {
            name: format!("w{number}"),
            rng: Rng::with_seed(seed.wrapping_mul(31).wrapping_add(number as u64)),
            ledger: Ledger::default(),
            uploads: Uploads::default(),
        }
    }

    /// Works until the server is gone, counting what is acknowledged. Returns what went wrong, if anything did.
    pub(crate) fn run(&mut self, client: &Client, acknowledged: &AtomicU64) -> Option<String> {
        loop {
            match self.step(client) {
                Ok(count) => acknowledged.fetch_add(count, Ordering::Relaxed),
                Err(Stop::Gone) => return None,
                Err(Stop::Wrong(what)) => return Some(what),
            };
        }
    }

    /// One request or a few. Returns how many writes were acknowledged.
    fn step(&mut self, client: &Client) -> Result<u64, Stop> {
        match self.rng.u32(..100) {
            0..30 => self.put(client, 0..SMALL),
            30..45 => self.put(client, SMALL + 1..MOST),
            45..60 => self.append(client),
            60..72 => self.copy(client),
            72..80 => self.delete(client),
            80..84 => self.delete_several(client),
            _ => self
                .uploads
                .step(client, &self.name, &mut self.rng, &mut self.ledger),
        }
    }

    fn put(&mut self, client: &Client, len: std::ops::Range<usize>) -> Result<u64, Stop> {
        let key = plain_key(&self.name, &mut self.rng);
        let len = self.rng.usize(len);
        let piece = Piece::new(&mut self.rng, len);
        let body = piece.bytes();
        let request = Ask {
            body: &body,
            ..ask("PUT", BUCKET, &key)
        };
        self.ledger.begin(
            &key,
            Some(Version {
                pieces: vec![piece],
            }),
        );
        client.must(&request, 200)?;
        self.ledger.end(&key);
        Ok(1)
    }

    /// Appends small and large pieces, mostly small ones; an object that has grown long is deleted first.
    fn append(&mut self, client: &Client) -> Result<u64, Stop> {
        let key = format!("{}/log{}", self.name, self.rng.usize(..LOGS));
        let mut version = self.ledger.now(&key).cloned().unwrap_or_default();
        if version.len() > MOST {
            return self.delete_key(client, &key);
        }
        let most = if self.rng.u8(..5) == 0 {
            SMALL * 2
        } else {
            3000
        };
        let len = self.rng.usize(1..most);
        let piece = Piece::new(&mut self.rng, len);
        let (body, query) = (piece.bytes(), format!("append&position={}", version.len()));
        version.pieces.push(piece);
        let request = Ask {
            query: &query,
            body: &body,
            ..ask("POST", BUCKET, &key)
        };
        self.ledger.begin(&key, Some(version));
        client.must(&request, 200)?;
        self.ledger.end(&key);
        Ok(1)
    }

    fn copy(&mut self, client: &Client) -> Result<u64, Stop> {
        let to = plain_key(&self.name, &mut self.rng);
        let Some(from) = self
            .ledger
            .some_key(&mut self.rng)
            .filter(|from| *from != to)
        else {
            return Ok(0);
        };
        let source = format!("/{BUCKET}/{from}");
        let request = Ask {
            headers: &[("x-oss-copy-source", &source)],
            ..ask("PUT", BUCKET, &to)
        };
        self.ledger.begin(&to, self.ledger.now(&from).cloned());
        client.must(&request, 200)?;
        self.ledger.end(&to);
        Ok(1)
    }

    fn delete(&mut self, client: &Client) -> Result<u64, Stop> {
        match self.ledger.some_key(&mut self.rng) {
            Some(key) => self.delete_key(client, &key),
            None => Ok(0),
        }
    }

    fn delete_key(&mut self, client: &Client, key: &str) -> Result<u64, Stop> {
        self.ledger.begin(key, None);
        client.must(&ask("DELETE", BUCKET, key), 204)?;
        self.ledger.end(key);
        Ok(1)
    }

    fn delete_several(&mut self, client: &Client) -> Result<u64, Stop> {
        let mut keys: Vec<_> = (0..3)
            .map(|_| plain_key(&self.name, &mut self.rng))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let object = |key: &String| format!("<Object><Key>{key}</Key></Object>");
        let objects: String = keys.iter().map(object).collect();
        let body = format!("<Delete><Quiet>true</Quiet>{objects}</Delete>");
        let md5 = BASE64_STANDARD.encode(fast_md5::digest(body.as_bytes()));
        let request = Ask {
            query: "delete",
            headers: &[("content-md5", &md5)],
            body: body.as_bytes(),
            ..ask("POST", BUCKET, "")
        };
        keys.iter().for_each(|key| self.ledger.begin(key, None));
        client.must(&request, 200)?;
        keys.iter().for_each(|key| self.ledger.end(key));
        Ok(keys.len() as u64)
    }
}

pub(crate) fn plain_key(worker: &str, rng: &mut Rng) -> String {
    format!("{worker}/{}", rng.usize(..PLAIN))
}

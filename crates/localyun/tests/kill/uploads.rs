//! Multipart uploads, some of which outlive the server.

use fastrand::Rng;

use crate::{
    BUCKET,
    client::{Ask, Client, Stop, ask},
    ledger::{Ledger, Piece, Version},
    worker::plain_key,
};

/// The smallest part that may be followed by another.
const PART: usize = 100 * 1024;
const PARTS: usize = 4;
/// How many uploads a worker leaves open at most.
const OPEN: usize = 3;

/// A worker's uploads that were begun and neither completed nor aborted, as far as answers tell.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    open: Vec<Upload>,
    /// Whether one was being begun when the server was killed: it may be there under an id that nobody was told.
    beginning: bool,
}

#[derive(Clone, Debug)]
struct Upload {
    key: String,
    id: String,
    parts: Vec<Part>,
    /// The part that is under way.
    coming: Option<Piece>,
    /// Whether it is being completed or aborted.
    ending: Option<Ending>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Completed,
    Aborted,
}

#[derive(Clone, Debug)]
struct Part {
    piece: Piece,
    etag: String,
}

impl Uploads {
    /// Goes on with one of the uploads. Returns how many writes were acknowledged.
    pub(crate) fn step(
        &mut self,
        client: &Client,
        worker: &str,
        rng: &mut Rng,
        ledger: &mut Ledger,
    ) -> Result<u64, Stop> {
        let place = rng.usize(..OPEN);
        match self.open.get_mut(place) {
            None => self.begin(client, plain_key(worker, rng))?,
            Some(upload) if upload.parts.is_empty() => upload.add(client, rng)?,
            Some(upload) => match rng.u32(..10) {
                0 => {
                    upload.abort(client)?;
                    self.open.swap_remove(place);
                }
                1..4 => {
                    upload.complete(client, ledger)?;
                    self.open.swap_remove(place);
                }
                _ if upload.parts.len() == PARTS => return Ok(0),
                4..7 => match beginning(ledger, rng) {
                    Some((from, piece)) => upload.add_copy(client, &from, piece)?,
                    None => return Ok(0),
                },
                _ => upload.add(client, rng)?,
            },
        }
        Ok(1)
    }

    fn begin(&mut self, client: &Client, key: String) -> Result<(), Stop> {
        self.beginning = true;
        let request = Ask {
            query: "uploads",
            ..ask("POST", BUCKET, &key)
        };
        let id = client.must(&request, 200)?.text("UploadId");
        self.beginning = false;
        self.open.push(Upload {
            key,
            id,
            parts: Vec::new(),
            coming: None,
            ending: None,
        });
        Ok(())
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }

    /// Compares with what the server has, and takes that for true from now on. Returns what is missing or too much,
    /// and how many uploads are known to be open.
    pub(crate) fn settle(
        &mut self,
        client: &Client,
        worker: &str,
        ledger: &Ledger,
    ) -> Result<Vec<String>, Stop> {
        let mut complaints = Vec::new();
        let mut settled = Vec::new();
        for mut upload in std::mem::take(&mut self.open) {
            match upload.settle(client, ledger)? {
                Ok(true) => settled.push(upload),
                Ok(false) => {}
                Err(complaint) => complaints.push(complaint),
            }
        }
        self.open = settled;
        complaints.extend(self.adopt(client, worker)?);
        self.beginning = false;
        Ok(complaints)
    }

    /// Aborts the upload whose id nobody was told, if it came through.
    fn adopt(&self, client: &Client, worker: &str) -> Result<Option<String>, Stop> {
        let query = format!("uploads&prefix={worker}/&max-uploads=1000");
        let listing = client.must(
            &Ask {
                query: &query,
                ..ask("GET", BUCKET, "")
            },
            200,
        )?;
        let (keys, ids) = (listing.texts("Key"), listing.texts("UploadId"));
        let known = |id: &String| self.open.iter().any(|upload| upload.id == *id);
        let missing = self.open.iter().find(|upload| !ids.contains(&upload.id));
        let strange: Vec<_> = keys.iter().zip(&ids).filter(|(_, id)| !known(id)).collect();
        for (key, id) in &strange {
            let query = format!("uploadId={id}");
            client.must(
                &Ask {
                    query: &query,
                    ..ask("DELETE", BUCKET, key)
                },
                204,
            )?;
        }
        if let Some(upload) = missing {
            return Ok(Some(format!("the upload {} is not listed", upload.id)));
        }
        let too_many = strange.len() > usize::from(self.beginning);
        Ok(too_many.then(|| format!("uploads of {worker} that nobody began: {strange:?}")))
    }
}

impl Upload {
    fn query(&self) -> String {
        format!("uploadId={}", self.id)
    }

    fn add(&mut self, client: &Client, rng: &mut Rng) -> Result<(), Stop> {
        let len = rng.usize(PART..2 * PART);
        let piece = Piece::new(rng, len);
        let (body, query) = (piece.bytes(), self.part_query());
        let request = Ask {
            query: &query,
            body: &body,
            ..ask("PUT", BUCKET, &self.key)
        };
        self.coming = Some(piece);
        let etag = client.must(&request, 200)?.header("etag").to_owned();
        self.came(piece, etag);
        Ok(())
    }

    /// A part that is the beginning of an object.
    fn add_copy(&mut self, client: &Client, from: &str, piece: Piece) -> Result<(), Stop> {
        let (source, query) = (format!("/{BUCKET}/{from}"), self.part_query());
        let range = format!("bytes=0-{}", piece.len - 1);
        let request = Ask {
            query: &query,
            headers: &[
                ("x-oss-copy-source", &source),
                ("x-oss-copy-source-range", &range),
            ],
            ..ask("PUT", BUCKET, &self.key)
        };
        self.coming = Some(piece);
        let etag = client.must(&request, 200)?.text("ETag");
        self.came(piece, etag.replace("&quot;", "\""));
        Ok(())
    }

    fn part_query(&self) -> String {
        format!("partNumber={}&{}", self.parts.len() + 1, self.query())
    }

    fn came(&mut self, piece: Piece, etag: String) {
        self.coming = None;
        self.parts.push(Part { piece, etag });
    }

    fn abort(&mut self, client: &Client) -> Result<(), Stop> {
        self.ending = Some(Ending::Aborted);
        let query = self.query();
        client.must(
            &Ask {
                query: &query,
                ..ask("DELETE", BUCKET, &self.key)
            },
            204,
        )?;
        Ok(())
    }

    fn complete(&mut self, client: &Client, ledger: &mut Ledger) -> Result<(), Stop> {
        let part = |(place, part): (usize, &Part)| {
            let (number, etag) = (place + 1, &part.etag);
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        };
        let parts: String = self.parts.iter().enumerate().map(part).collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let query = self.query();
        let request = Ask {
            query: &query,
            body: body.as_bytes(),
            ..ask("POST", BUCKET, &self.key)
        };
        self.ending = Some(Ending::Completed);
        ledger.begin(&self.key, Some(self.whole()));
        client.must(&request, 200)?;
        ledger.end(&self.key);
        Ok(())
    }

    /// The object that it becomes.
    fn whole(&self) -> Version {
        Version {
            pieces: self.parts.iter().map(|part| part.piece).collect(),
        }
    }

    /// Whether it is still open; or what is wrong with it. The object has been looked at already.
    fn settle(&mut self, client: &Client, ledger: &Ledger) -> Result<Result<bool, String>, Stop> {
        let query = self.query();
        let request = Ask {
            query: &query,
            ..ask("GET", BUCKET, &self.key)
        };
        let answer = client.send(&request)?;
        let ending = std::mem::take(&mut self.ending);
        let coming = self.coming.take();
        let completed = ledger.now(&self.key) == Some(&self.whole());
        if ending == Some(Ending::Completed) && completed != (answer.status == 404) {
            let (key, status) = (&self.key, answer.status);
            return Ok(Err(format!(
                "{key} is half completed: {completed}, {status}"
            )));
        }
        match answer.status {
            200 => {}
            404 if ending.is_some() => return Ok(Ok(false)),
            404 => {
                return Ok(Err(format!(
                    "the upload {} of {} is lost",
                    self.id, self.key
                )));
            }
            _ => return Err(answer.wrong(&request)),
        }
        let sizes = answer.texts("Size");
        let found: Vec<_> = answer.texts("ETag").into_iter().zip(sizes).collect();
        let mut expected: Vec<_> = self
            .parts
            .iter()
            .map(|part| found_as(&part.etag, part.piece))
            .collect();
        if let Some(piece) = coming
            && found.len() == expected.len() + 1
        {
            let etag = md5(&piece.bytes());
            expected.push(found_as(&etag, piece));
            self.parts.push(Part { piece, etag });
        }
        if found == expected {
            Ok(Ok(true))
        } else {
            let key = &self.key;
            Ok(Err(format!(
                "parts of {key}: found {found:?}, expected {expected:?}"
            )))
        }
    }
}

/// A key and how its object begins, if that is long enough for a part.
fn beginning(ledger: &Ledger, rng: &mut Rng) -> Option<(String, Piece)> {
    let key = ledger.some_key(rng)?;
    let piece = *ledger.now(&key)?.pieces.first()?;
    let len = piece.len.checked_sub(PART)?.min(PART);
    let len = PART + rng.usize(..=len);
    Some((key, Piece { len, ..piece }))
}

fn found_as(etag: &str, piece: Piece) -> (String, String) {
    (etag.replace('"', "&quot;"), piece.len.to_string())
}

/// As an ETag.
fn md5(bytes: &[u8]) -> String {
    let hex = fast_md5::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<String>();
    format!("\"{hex}\"")
}

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
    ending: bool,
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
            ending: false,
        });
        Ok(())
    }

    /// Compares with what the server has, and takes that for true from now on. Returns what is missing or too much,
    /// and how many uploads are known to be open.
    pub(crate) fn settle(&mut self, client: &Client, worker: &str) -> Result<Vec<String>, Stop> {
        let mut complaints = Vec::new();
        let mut settled = Vec::new();
        for mut upload in std::mem::take(&mut self.open) {
            match upload.settle(client)? {
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
        let (body, query) = (
            piece.bytes(),
            format!("partNumber={}&{}", self.parts.len() + 1, self.query()),
        );
        let request = Ask {
            query: &query,
            body: &body,
            ..ask("PUT", BUCKET, &self.key)
        };
        self.coming = Some(piece);
        let etag = client.must(&request, 200)?.header("etag").to_owned();
        self.coming = None;
        self.parts.push(Part { piece, etag });
        Ok(())
    }

    fn abort(&mut self, client: &Client) -> Result<(), Stop> {
        self.ending = true;
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
        self.ending = true;
        let pieces = self.parts.iter().map(|part| part.piece).collect();
        ledger.begin(&self.key, Some(Version { pieces }));
        client.must(&request, 200)?;
        ledger.end(&self.key);
        Ok(())
    }

    /// Whether it is still open; or what is wrong with it.
    fn settle(&mut self, client: &Client) -> Result<Result<bool, String>, Stop> {
        let query = self.query();
        let request = Ask {
            query: &query,
            ..ask("GET", BUCKET, &self.key)
        };
        let answer = client.send(&request)?;
        let ending = std::mem::take(&mut self.ending);
        let coming = self.coming.take();
        match answer.status {
            200 => {}
            404 if ending => return Ok(Ok(false)),
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

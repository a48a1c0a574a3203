//! What a power cut leaves at the end of the engine's journal.
//!
//! A group of commits is one batch in the journal, and the next is written only when it is synced. So of a power cut
//! at most the last batch is torn: any of its pages may have reached the device, in any order, and the rest are zeros.
//! The engine takes an end that is simply missing, but not one with a hole in it; so before it opens a journal we cut
//! off a last batch that is not whole. It was never acknowledged.
//!
//! A batch that is not whole but has whole ones behind it is no torn end, it is damage, and so is anything but
//! zeros behind the last whole one of a journal that the engine had closed. Then the store does not open: what
//! is behind the damage was acknowledged.
//!
//! The format is that of fjall 3: `start` (1, items u32, sequence u64), items (2, kind u8, compression u8, keyspace u64,
//! key length u16, length u32, stored length u32, key, value) or clears (4, keyspace u64), `end` (3, XXH3 of all
//! items u64, `FJL\x03`). Numbers are little-endian.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::Xxh3;

use super::OpenError;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const TRAILER: [u8; 4] = *b"FJL\x03";

/// Looks through the journals in the engine's folder, and cuts off a torn end.
pub(super) fn mend(rows: &Path) -> Result<(), OpenError> {
    let mut journals = journals(rows).map_err(|error| OpenError::io(rows, error))?;
    let active = journals.pop();
    for (_, path) in journals {
        // Closed journals were synced whole, and end in zeros or where they were cut.
        match check(&path).map_err(|error| OpenError::io(&path, error))? {
            Tail::Clean => {}
            Tail::Broken(at) => return Err(damage(path, at)),
        }
    }
    let Some((_, path)) = active else {
        return Ok(());
    };
    let at = |error| OpenError::io(&path, error);
    match check(&path).map_err(at)? {
        Tail::Clean => Ok(()),
        Tail::Broken(end) if whole_batch_behind(&path, end).map_err(at)? => Err(damage(path, end)),
        Tail::Broken(end) => {
            tracing::warn!(
                journal = %path.display(), end,
                "the last write was cut short before it was acknowledged; leaving it out"
            );
            cut(&path, end).map_err(at)
        }
    }
}

fn damage(path: PathBuf, at: u64) -> OpenError {
    OpenError::Damaged {
        path,
        what: format!("what stands at byte {at} was not written there"),
    }
}

/// Not synced: where the torn end comes back, it is cut off again, and the next commit syncs the same file.
fn cut(path: &Path, end: u64) -> io::Result<()> {
    File::options().write(true).open(path)?.set_len(end)
}

/// The journals by their numbers.
fn journals(rows: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut journals = Vec::new();
    for entry in fs::read_dir(rows)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jnl")
            && let Some(number) = path
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse().ok())
        {
            journals.push((number, path));
        }
    }
    journals.sort();
    Ok(journals)
}

/// What is behind the last of the whole batches at the beginning of a journal.
#[derive(Debug, PartialEq, Eq)]
enum Tail {
    /// Nothing but zeros.
    Clean,
    /// Something else; it begins here.
    Broken(u64),
}

fn check(path: &Path) -> io::Result<Tail> {
    let mut journal = Journal::open(path, 0)?;
    while journal.batch()? {}
    let end = journal.whole;
    match zeros(path, end)? {
        true => Ok(Tail::Clean),
        false => Ok(Tail::Broken(end)),
    }
}

/// Whether there is nothing but zeros from a place on. Holes are not read.
fn zeros(path: &Path, from: u64) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut at = from;
    let mut buffer = vec![0; 64 << 10];
    loop {
        // Where the file system does not know its holes, all is data.
        at = match rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(at)) {
            Ok(data) => data.max(at),
            Err(rustix::io::Errno::NXIO) => return Ok(true),
            Err(_) => at,
        };
        file.seek(SeekFrom::Start(at))?;
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(true);
        }
        if buffer[..read].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += read as u64;
    }
}

/// Whether a whole batch begins anywhere behind a place.
fn whole_batch_behind(path: &Path, from: u64) -> io::Result<bool> {
    let bytes = fs::read(path)?;
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let starts = (from + 1..bytes.len()).filter(|at| bytes[*at] == START);
    for start in starts {
        let mut journal = Journal {
            reader: &bytes[start..],
            at: 0,
            whole: 0,
            length: (bytes.len() - start) as u64,
        };
        if journal.batch()? {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Journal<R> {
    reader: R,
    at: u64,
    /// Where the last whole batch ends.
    whole: u64,
    length: u64,
}

impl Journal<BufReader<File>> {
    fn open(path: &Path, from: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(from))?;
        Ok(Journal {
            reader: BufReader::with_capacity(256 << 10, file),
            at: from,
            whole: from,
            length,
        })
    }
}

impl<R: Read> Journal<R> {
    /// Reads one batch; false if there is no whole one.
    fn batch(&mut self) -> io::Result<bool> {
        match self.read_batch() {
            Ok(whole) => {
                if whole {
                    self.whole = self.at;
                }
                Ok(whole)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read_batch(&mut self) -> io::Result<bool> {
        let [START] = self.take()? else {
            return Ok(false);
        };
        let items = u32::from_le_bytes(self.take()?);
        let _sequence: [u8; 8] = self.take()?;
        let mut sum = Xxh3::new();
        for _ in 0..items {
            if !self.item(&mut sum)? {
                return Ok(false);
            }
        }
        let [END] = self.take()? else {
            return Ok(false);
        };
        let expected = u64::from_le_bytes(self.take()?);
        let trailer: [u8; 4] = self.take()?;
        Ok(trailer == TRAILER && expected == sum.digest())
    }

    fn item(&mut self, sum: &mut Xxh3) -> io::Result<bool> {
        let [tag] = self.take()?;
        sum.update(&[tag]);
        match tag {
            CLEAR => {
                let keyspace: [u8; 8] = self.take()?;
                sum.update(&keyspace);
                Ok(true)
            }
            ITEM => {
                let head: [u8; 20] = self.take()?;
                sum.update(&head);
                let key = u64::from(u16::from_le_bytes([head[10], head[11]]));
                let value = u32::from_le_bytes([head[16], head[17], head[18], head[19]]);
                self.pass(key + u64::from(value), sum)
            }
            _ => Ok(false),
        }
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.at += N as u64;
        Ok(bytes)
    }

    /// Takes bytes into the sum; false if the journal has fewer.
    fn pass(&mut self, mut len: u64, sum: &mut Xxh3) -> io::Result<bool> {
        if len > self.length.saturating_sub(self.at) {
            return Ok(false);
        }
        let mut buffer = [0; 8 << 10];
        while len > 0 {
            let part = buffer.len().min(usize::try_from(len).unwrap_or(usize::MAX));
            self.reader.read_exact(&mut buffer[..part])?;
            sum.update(&buffer[..part]);
            len -= part as u64;
            self.at += part as u64;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn batch(sequence: u64, values: &[&[u8]]) -> Vec<u8> {
        let mut items = Vec::new();
        for value in values {
            items.extend([ITEM, 0, 0]);
            items.extend(7_u64.to_le_bytes());
            items.extend(3_u16.to_le_bytes());
            items.extend((value.len() as u32).to_le_bytes());
            items.extend((value.len() as u32).to_le_bytes());
            items.extend(b"key");
            items.extend(*value);
        }
        let mut sum = Xxh3::new();
        sum.update(&items);
        let mut batch = vec![START];
        batch.extend((values.len() as u32).to_le_bytes());
        batch.extend(sequence.to_le_bytes());
        batch.extend(items);
        batch.push(END);
        batch.extend(sum.digest().to_le_bytes());
        batch.extend(TRAILER);
        batch
    }

    fn folder(journal: &[u8], zeros: usize) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        let mut file = File::create(folder.path().join("0.jnl")).unwrap();
        file.write_all(journal).unwrap();
        file.set_len((journal.len() + zeros) as u64).unwrap();
        folder
    }

    fn length(folder: &tempfile::TempDir) -> u64 {
        fs::metadata(folder.path().join("0.jnl")).unwrap().len()
    }

    #[test]
    fn a_whole_journal_stays() {
        let journal = [batch(1, &[b"one"]), batch(2, &[b"two", b""]), batch(3, &[])].concat();
        for zeros in [0, 1, 100_000] {
            let folder = folder(&journal, zeros);
            mend(folder.path()).unwrap();
            assert_eq!(length(&folder), (journal.len() + zeros) as u64);
        }
    }

    #[test]
    fn any_torn_last_batch_is_cut_off() {
        let first = batch(1, &[b"one"]);
        let last = batch(2, &[&[7; 3000], b"two"]);
        for hole in (0..last.len()).step_by(7) {
            let mut torn = last.clone();
            let end = (hole + 200).min(torn.len());
            torn[hole..end].fill(0);
            if torn == last {
                continue;
            }
            let folder = folder(&[&first[..], &torn].concat(), 500);
            mend(folder.path()).unwrap();
            // A batch of which only zeros are left needs no cutting.
            let expected = first.len() as u64;
            assert!(
                torn.iter().all(|byte| *byte == 0) || length(&folder) == expected,
                "{hole}"
            );
        }
        for end in 1..last.len() {
            let folder = folder(&[&first[..], &last[..end]].concat(), 0);
            mend(folder.path()).unwrap();
            assert_eq!(length(&folder), first.len() as u64);
        }
    }

    #[test]
    fn damage_before_the_end_is_refused() {
        let (first, last) = (batch(1, &[b"one"]), batch(2, &[b"two"]));
        for byte in 0..first.len() {
            let mut journal = [&first[..], &last].concat();
            journal[byte] ^= 0x40;
            // The sequence number is not part of the sum.
            if (5..13).contains(&byte) {
                continue;
            }
            let folder = folder(&journal, 100);
            let error = mend(folder.path()).unwrap_err();
            assert!(
                matches!(error, OpenError::Damaged { .. }),
                "{byte}: {error}"
            );
            assert_eq!(length(&folder), journal.len() as u64 + 100);
        }
    }

    #[test]
    fn a_closed_journal_may_not_be_torn() {
        let whole = batch(1, &[b"one"]);
        let folder = folder(&whole[..whole.len() - 1], 0);
        fs::write(folder.path().join("1.jnl"), batch(2, &[b"two"])).unwrap();
        let error = mend(folder.path()).unwrap_err();
        assert!(error.to_string().contains("0.jnl"), "{error}");
    }
}

//! The parts of a form, as they come.
//!
//! `multer` finds the parts. It takes in whatever its source has and keeps headers of any length, so the source gives
//! it one piece at a time (`Source::poll`), and no more than `MAX_BEFORE_FILE` before there is a file.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use fast_md5::Md5;
use futures_util::{Stream, stream};
use gateway::Body;
use multer::{Field, Multipart};
use signature::Query;

use super::file::{BoxError, Broken};

/// The most bytes that the values before the file have together (EC page 0006-00000112).
const MAX_VALUES: usize = 8 << 20;
/// The most bytes that a field's name has (EC page 0006-00000110).
const MAX_NAME: usize = 8 << 10;
/// The most bytes of everything before the file: values, names, and the lines between them.
const MAX_BEFORE_FILE: usize = MAX_VALUES + (2 << 20);
/// What a form whose file has the largest size may have besides, in bytes; more is not looked at.
pub(super) const MAX_AROUND_FILE: u64 = 2 * MAX_BEFORE_FILE as u64;
/// The most fields. A short one takes many times its own size in memory, and forms have a few dozen.
const MAX_FIELDS: usize = 1024;
/// How much is looked at at a time while there is no file yet, in bytes.
const PIECE: usize = 16 << 10;

/// A form that was read up to its file.
#[derive(Debug)]
pub struct Form {
    /// The fields before the file, in their order.
    pub fields: Query,
    /// What the form says about the file.
    pub file: FilePart,
    /// The file's bytes and what follows them.
    pub(super) rest: Rest,
}

/// What a form says about its file.
#[derive(Debug)]
pub struct FilePart {
    /// The name on the client's side, without folders; empty where there is none.
    pub name: String,
    /// Its media type.
    pub content_type: Option<String>,
}

/// What has not been read yet.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) file: Option<Field<'static>>,
    pub(super) parts: Multipart<'static>,
    pub(super) source: Shared,
}

/// Reads a form up to its file, the field of the name `file`. `md5` gets the bytes of the whole form.
///
/// Errors are `Broken`, or a [`gateway::BodyError`] of the body.
pub async fn read(boundary: &str, body: Body, md5: Option<Md5>) -> Result<Form, BoxError> {
    let source = Shared::new(body, md5);
    let mut parts = Multipart::new(source.pieces(), boundary);
    let mut fields = Query::default();
    let mut size = 0;
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().ok_or(Broken::Malformed)?.to_owned();
        if name.len() > MAX_NAME {
            return Err(Broken::NameTooLong.into());
        }
        if name.eq_ignore_ascii_case("file") {
            let file = describe(&part);
            source.lock().left = None;
            let rest = Rest {
                file: Some(part),
                parts,
                source,
            };
            return Ok(Form { fields, file, rest });
        }
        let value = part.bytes().await.map_err(broken)?;
        size += value.len();
        if size > MAX_VALUES || fields.len() == MAX_FIELDS {
            return Err(Broken::TooMuchBeforeFile.into());
        }
        let value = std::str::from_utf8(&value).map_err(|_| Broken::Malformed)?;
        fields.push(&name, value);
    }
    Err(Broken::NoFile.into())
}

/// Browsers of old send the whole path.
fn describe(part: &Field<'_>) -> FilePart {
    let name = part.file_name().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let kind = part.headers().get(http::header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    FilePart {
        name: name.to_owned(),
        content_type: kind.filter(|kind| !kind.is_empty()).map(str::to_owned),
    }
}

/// What went wrong where the parts are found: the body itself, or its form.
pub(super) fn broken(error: multer::Error) -> BoxError {
    match error {
        multer::Error::StreamReadFailed(source) => source,
        _ => Broken::Malformed.into(),
    }
}

/// A body that is read in two places: by the finder of the parts, and after the last part for its end.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<Source>>);

impl Shared {
    fn new(body: Body, md5: Option<Md5>) -> Self {
        Self(Arc::new(Mutex::new(Source {
            body,
            waiting: Bytes::new(),
            md5,
            left: Some(MAX_BEFORE_FILE),
            breathes: false,
            ended: false,
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(super) fn pieces(&self) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
        let shared = self.clone();
        stream::poll_fn(move |cx| shared.lock().poll(cx))
    }
}

pub(super) struct Source {
    body: Body,
    waiting: Bytes,
    /// The sum of the whole form, where somebody wants it.
    pub(super) md5: Option<Md5>,
    /// How many bytes may still come before the file; none once there is one.
    left: Option<usize>,
    /// Whether the last poll gave a piece.
    breathes: bool,
    /// Whether the body is over.
    ended: bool,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

impl Source {
    /// The next piece. After each one it is pending once, or its reader would take in all there is.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        if std::mem::take(&mut self.breathes) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.waiting.is_empty() {
            if self.ended {
                return Poll::Ready(None);
            }
            match ready!(Pin::new(&mut self.body).poll_next(cx)) {
                None => self.ended = true,
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(bytes)) => {
                    if let Some(md5) = &mut self.md5 {
                        md5.update(&bytes);
                    }
                    self.waiting = bytes;
                }
            }
        }
        self.breathes = true;
        let Some(left) = &mut self.left else {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.waiting))));
        };
        let piece = self.waiting.split_to(self.waiting.len().min(PIECE));
        Poll::Ready(Some(match left.checked_sub(piece.len()) {
            Some(still) => {
                *left = still;
                Ok(piece)
            }
            None => Err(Broken::TooMuchBeforeFile.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::StreamExt;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::form::file;

    /// A form in pieces of `size` bytes, read to its end.
    fn take_in(bytes: &[u8], size: usize) -> Result<(Query, FilePart, Vec<u8>), BoxError> {
        let pieces = bytes
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)));
        let body = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime?.block_on(async {
            let form = read("b", body, None).await?;
            let mut content = Vec::new();
            let mut file = file::body(form.rest, None);
            while let Some(piece) = file.next().await {
                content.extend_from_slice(&piece?);
            }
            Ok((form.fields, form.file, content))
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            fields in vec(("[a-zA-Z0-9$_-]{1,12}", "[^\r]{0,40}"), 0..6),
            content in vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'-'), Just(b'c'), any::<u8>()], 0..300),
            size in 1..400_usize,
        ) {
            let fields: Vec<_> = fields.into_iter().filter(|(name, _)| name != "file").collect();
            let mut form = Vec::new();
            for (name, value) in &fields {
                let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
                form.extend_from_slice(part.as_bytes());
            }
            form.extend_from_slice(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n");
            form.extend_from_slice(&content);
            form.extend_from_slice(b"\r\n--b--\r\n");
            prop_assume!(!content.windows(5).any(|five| five == b"\r\n--b"));
            let (found, file, bytes) = take_in(&form, size).unwrap();
            let pairs = found.iter().map(|pair| (pair.name.to_owned(), pair.value.to_owned()));
            prop_assert_eq!(pairs.collect::<Vec<_>>(), fields);
            prop_assert_eq!(file.name, "f");
            prop_assert_eq!(bytes, content);
        }

        #[test]
        fn a_form_that_is_cut_is_an_error(cut in 0..120_usize, size in 1..50_usize) {
            let form = b"--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b\r\n\
                         Content-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--b--";
            prop_assert!(take_in(form, size).is_ok());
            let cut = cut.min(form.len() - 1);
            prop_assert!(take_in(&form[..cut], size).is_err());
        }

        #[test]
        fn any_bytes_are_a_form_or_an_error(
            bytes in vec(prop_oneof![Just(b"--b".to_vec()), Just(b"\r\n".to_vec()),
                Just(b"Content-Disposition: form-data; name=file".to_vec()), vec(any::<u8>(), 0..4)], 0..40),
            size in 1..60_usize,
        ) {
            let _ = take_in(&bytes.concat(), size);
        }
    }

    #[test]
    fn what_comes_before_the_file_is_bounded() {
        let endless = vec![b'x'; MAX_BEFORE_FILE + 1];
        for bytes in [endless.clone(), [b"--b\r\nA: ", &endless[..]].concat()] {
            let error = take_in(&bytes, 100_000).unwrap_err();
            let error = error.downcast_ref::<Broken>();
            assert_eq!(error, Some(&Broken::TooMuchBeforeFile));
        }
        let field = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n";
        let many = field.repeat(MAX_FIELDS + 2);
        let error = take_in(many.as_bytes(), 100_000).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Broken::TooMuchBeforeFile));
    }

    /// Or a file of 5 GB would have to fit into memory.
    #[tokio::test]
    async fn no_more_is_taken_in_than_is_asked_for() {
        let taken = Arc::new(AtomicUsize::new(0));
        let start = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
        let pieces = std::iter::once(Bytes::from_static(start.as_bytes()));
        let pieces = pieces.chain(std::iter::repeat_n(Bytes::from(vec![b'x'; 1024]), 1000));
        let count = taken.clone();
        let pieces = pieces.inspect(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let body = Body::from_stream(stream::iter(pieces.map(Ok)));
        let form = read("b", body, None).await.unwrap();
        let mut file = file::body(form.rest, None);
        for asked in 1..=100 {
            assert!(file.next().await.unwrap().is_ok());
            let taken = taken.load(Ordering::Relaxed);
            assert!(taken < asked + 5, "{taken} pieces for {asked}");
        }
    }

    #[test]
    fn of_a_path_the_last_part_is_the_name() {
        for (sent, name) in [
            ("a.txt", "a.txt"),
            ("C:\\x\\a.txt", "a.txt"),
            ("/x/a.txt", "a.txt"),
            ("", ""),
        ] {
            let form = format!(
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{sent}\"\r\n\r\n\r\n--b--"
            );
            assert_eq!(take_in(form.as_bytes(), 9).unwrap().1.name, name);
        }
    }
}

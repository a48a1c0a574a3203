//! Objects that are read again and again.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hashbrown::DefaultHashBuilder;
use http::header::{ACCEPT_RANGES, HeaderName};
use http::{HeaderMap, HeaderValue};
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use store::Row;

use crate::headers::{OBJECT_TYPE, STORAGE_CLASS};
use crate::rows::Object;

/// About how many bytes they take together.
const ROOM: u64 = 8 << 20;
/// About how many that makes.
const ITEMS: usize = 4096;
/// The most bytes that a body has which is kept with its object.
const BODY: u64 = 8 << 10;
/// One in so many reads of an object that is not kept yet keeps it: a walk through all objects should not pay for what
/// it never uses, and those that are read often are soon there.
const ONE_IN: u8 = 4;

/// The headers whose texts are few.
const SAME_FOR_MANY: [HeaderName; 3] = [ACCEPT_RANGES, OBJECT_TYPE, STORAGE_CLASS];

/// What the last reads made of rows of objects.
///
/// It is found by the key of a row and says which commit wrote that; all of it follows from the row alone (a body's name
/// is never given to another). So it is good while the row is the same, which the store's mark tells without a look at
/// the row, and what is of no use any more makes room in time.
pub(crate) struct HotObjects(Cache<Bytes, Arc<HotObject>, Weight, DefaultHashBuilder>);

/// An object, and what a read of it answers.
#[derive(Debug)]
pub(crate) struct HotObject {
    /// The row's.
    version: u64,
    /// The last mark that the row was found to have ([`store::Meta::mark`]).
    mark: AtomicU64,
    /// About how many bytes this takes.
    weight: u64,
    object: Object,
    headers: HeaderMap,
    body: OnceLock<Bytes>,
}

/// An object as it was looked up.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// With its row, and the mark that this had before it was read.
    Read(Box<(Row, Option<u64>, Object)>),
    /// One that was read before.
    Hot(Arc<HotObject>),
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Bytes, Arc<HotObject>> for Weight {
    fn weight(&self, key: &Bytes, hot: &Arc<HotObject>) -> u64 {
        key.len() as u64 + hot.weight
    }
}

/// The same headers, with the text of all in one piece of memory, but for those whose text is part of the program.
fn together(mut headers: HeaderMap) -> HeaderMap {
    let own = |name: &HeaderName| !SAME_FOR_MANY.contains(name);
    let texts = headers.iter().filter(|(name, _)| own(name));
    let texts: Vec<_> = texts.map(|(_, value)| value.as_bytes()).collect();
    let mut texts = Bytes::from(texts.concat());
    for (_, value) in headers.iter_mut().filter(|(name, _)| own(name)) {
        let text = texts.split_to(value.len());
        if let Ok(text) = HeaderValue::from_maybe_shared(text) {
            *value = text;
        }
    }
    headers
}

fn weight(row: &[u8], headers: &HeaderMap, object: &Object) -> u64 {
    /// About what a header takes in a map.
    const HEADER: usize = 128;
    let head = size_of::<HotObject>() + row.len() + HEADER * headers.len();
    head as u64 + object.size.min(BODY)
}

impl HotObjects {
    /// What is kept of the object with the row of this key.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Arc<HotObject>> {
        self.0.get(key)
    }

    /// Keeps an object that was just read, perhaps, with the headers that `headers` makes for it.
    ///
    /// Everything kept is a copy: what the engine on disk hands out may be part of a block many times its size.
    pub(crate) fn keep(&self, known: &Known, headers: impl FnOnce(&Object) -> HeaderMap) {
        let Known::Read(read) = known else { return };
        if fastrand::u8(..ONE_IN) != 0 {
            return;
        }
        let (read, mark, _) = &**read;
        let row = Bytes::copy_from_slice(&read.value);
        // It was decoded before.
        let Ok(object) = Object::decode(&row) else {
            return;
        };
        let headers = together(headers(&object));
        let hot = HotObject {
            version: read.version,
            mark: mark.unwrap_or_default().into(),
            weight: weight(&row, &headers, &object),
            headers,
            object,
            body: OnceLock::new(),
        };
        self.0
            .insert(Bytes::copy_from_slice(&read.key), Arc::new(hot));
    }
}

impl Default for HotObjects {
    fn default() -> Self {
        let (state, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self(Cache::with(ITEMS, ROOM, Weight, state, lifecycle))
    }
}

impl fmt::Debug for HotObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HotObjects")
    }
}

impl HotObject {
    /// The commit that wrote the row.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Whether the row is still the same, now that it has this mark.
    pub(crate) fn is_marked(&self, mark: Option<u64>) -> bool {
        mark.is_some_and(|mark| self.mark.load(Ordering::Relaxed) == mark)
    }

    /// Says that the row was found to be the same after it had this mark.
    pub(crate) fn marked(&self, mark: Option<u64>) {
        if let Some(mark) = mark {
            self.mark.store(mark, Ordering::Relaxed);
        }
    }

    /// The headers of an answer with the whole object.
    pub(crate) fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    /// The whole body, where it is small and was read before.
    pub(crate) fn body(&self) -> Option<&Bytes> {
        self.body.get()
    }

    /// Keeps the whole body for the next read, if it is small.
    pub(crate) fn keep_body(&self, body: &Bytes) {
        if body.len() as u64 <= BODY {
            // Another read may have done so.
            let _ = self.body.set(Bytes::copy_from_slice(body));
        }
    }
}

impl Known {
    /// What is kept of it.
    pub(crate) fn hot(&self) -> Option<&HotObject> {
        match self {
            Self::Read(_) => None,
            Self::Hot(hot) => Some(hot),
        }
    }
}

impl Deref for Known {
    type Target = Object;

    fn deref(&self) -> &Object {
        match self {
            Self::Read(read) => &read.2,
            Self::Hot(hot) => &hot.object,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::ETAG;

    use super::*;
    use crate::rows::{BodyAt, Etag, Extras, Metadata, ObjectAcl, ObjectType, StorageClass};

    fn read(size: u64) -> (Bytes, Known) {
        read_of(&size.to_string(), 1, size)
    }

    fn read_of(key: &str, version: u64, size: u64) -> (Bytes, Known) {
        let object = Object {
            size,
            etag: Etag::Md5([7; 16]),
            crc64: None,
            modified: 0,
            kind: ObjectType::Normal,
            storage_class: StorageClass::Standard,
            acl: ObjectAcl::Default,
            metadata: Metadata::default(),
            extras: Extras::default(),
            body: BodyAt::Small([1; 16]),
        };
        let key = Bytes::copy_from_slice(key.as_bytes());
        let row = Row {
            key: key.clone(),
            version,
            value: object.encode().unwrap().into(),
        };
        (key, Known::Read(Box::new((row, Some(7), object))))
    }

    fn headers(_: &Object) -> HeaderMap {
        HeaderMap::from_iter([(ETAG, HeaderValue::from_static("e"))])
    }

    /// Reads it until it is kept.
    fn keep(hot: &HotObjects, key: &Bytes, known: &Known) -> Arc<HotObject> {
        loop {
            hot.keep(known, headers);
            if let Some(kept) = hot.get(key)
                && kept.object.size == known.size
            {
                return kept;
            }
        }
    }

    #[test]
    fn an_object_is_found_by_its_key_and_known_by_version_and_mark() {
        let hot = HotObjects::default();
        let ((key, known), (other, _)) = (read(5), read(6));
        assert!(hot.get(&key).is_none());
        let kept = keep(&hot, &key, &known);
        assert_eq!(kept.headers(), headers(&known));
        assert_ne!(hot.0.iter().next().unwrap().0.as_ptr(), key.as_ptr());
        assert!(kept.is_marked(Some(7)) && !kept.is_marked(Some(8)) && !kept.is_marked(None));
        kept.marked(Some(8));
        kept.marked(None);
        assert!(kept.is_marked(Some(8)));
        assert_eq!((kept.version(), Known::Hot(kept).size), (1, 5));
        assert!(hot.get(&other).is_none());
    }

    #[test]
    fn a_newer_row_takes_the_place_of_an_older_one() {
        let hot = HotObjects::default();
        for version in 1..4 {
            let (key, known) = read_of("k", version, 10 + version);
            assert_eq!(keep(&hot, &key, &known).version(), version);
        }
        assert_eq!(hot.0.len(), 1);
    }

    #[test]
    fn only_small_bodies_are_kept() {
        let hot = HotObjects::default();
        for (size, is_kept) in [(BODY, true), (BODY + 1, false)] {
            let (key, known) = read(size);
            let kept = keep(&hot, &key, &known);
            let body = Bytes::from(vec![0; usize::try_from(size).unwrap()]);
            kept.keep_body(&body);
            assert_eq!(kept.body().is_some(), is_kept);
            assert_ne!(kept.body().map(|kept| kept.as_ptr()), Some(body.as_ptr()));
        }
    }

    #[test]
    fn all_together_have_a_bound() {
        let hot = HotObjects::default();
        for size in 0..20_000 {
            let (key, known) = read(BODY + size);
            for _ in 0..8 {
                hot.keep(&known, headers);
            }
            let kept = hot.get(&key);
            assert!(hot.0.weight() <= ROOM, "{kept:?}");
        }
        assert!(hot.0.weight() > ROOM / 2);
    }
}

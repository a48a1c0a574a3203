//! Objects that are read again and again.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hashbrown::DefaultHashBuilder;
use http::HeaderMap;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

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

/// What the last reads made of rows of objects.
///
/// It is found by all the bytes of a row, and follows from them alone (a body's name is never given to another), so
/// nothing in here is ever out of date, and what is of no use any more makes room in time.
pub(crate) struct HotObjects(Cache<Bytes, Arc<HotObject>, Weight, DefaultHashBuilder>);

/// An object, and what a read of it answers.
#[derive(Debug)]
pub(crate) struct HotObject {
    object: Object,
    headers: HeaderMap,
    body: OnceLock<Bytes>,
}

/// An object as it was looked up.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// With its row.
    Read(Box<(Bytes, Object)>),
    /// One that was read before.
    Hot(Arc<HotObject>),
}

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<Bytes, Arc<HotObject>> for Weight {
    fn weight(&self, row: &Bytes, hot: &Arc<HotObject>) -> u64 {
        /// About what a header takes in a map.
        const HEADER: usize = 128;
        let headers = HEADER * hot.headers.len() + row.len();
        (size_of::<HotObject>() + headers) as u64 + hot.object.size.min(BODY)
    }
}

impl HotObjects {
    /// What is kept of the object with this row.
    pub(crate) fn get(&self, row: &Bytes) -> Option<Arc<HotObject>> {
        self.0.get(row)
    }

    /// Keeps an object that was just read, perhaps, with the headers that `headers` makes for it.
    ///
    /// Everything kept is a copy: what the engine on disk hands out may be part of a block many times its size.
    pub(crate) fn keep(&self, known: &Known, headers: impl FnOnce(&Object) -> HeaderMap) {
        let Known::Read(read) = known else { return };
        if fastrand::u8(..ONE_IN) != 0 {
            return;
        }
        let row = Bytes::copy_from_slice(&read.0);
        // It was decoded before.
        let Ok(object) = Object::decode(&row) else {
            return;
        };
        let hot = HotObject {
            headers: headers(&object),
            object,
            body: OnceLock::new(),
        };
        self.0.insert(row, Arc::new(hot));
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
            Self::Read(read) => &read.1,
            Self::Hot(hot) => &hot.object,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::ETAG;

    use super::*;
    use crate::rows::{BodyAt, Etag, Extras, Metadata, ObjectAcl, ObjectType, StorageClass};

    fn read(size: u64) -> (Bytes, Known) {
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
        let row = Bytes::from(object.encode().unwrap());
        (row.clone(), Known::Read(Box::new((row, object))))
    }

    fn headers(_: &Object) -> HeaderMap {
        HeaderMap::from_iter([(ETAG, HeaderValue::from_static("e"))])
    }

    /// Reads it until it is kept.
    fn keep(hot: &HotObjects, row: &Bytes, known: &Known) -> Arc<HotObject> {
        loop {
            hot.keep(known, headers);
            if let Some(kept) = hot.get(row) {
                return kept;
            }
        }
    }

    #[test]
    fn an_object_is_found_by_its_row_and_nothing_else() {
        let hot = HotObjects::default();
        let ((row, known), (other, _)) = (read(5), read(6));
        assert!(hot.get(&row).is_none());
        let kept = keep(&hot, &row, &known);
        assert_eq!(kept.headers(), headers(&known));
        assert_ne!(hot.0.iter().next().unwrap().0.as_ptr(), row.as_ptr());
        assert_eq!(Known::Hot(kept).size, 5);
        assert!(hot.get(&other).is_none());
    }

    #[test]
    fn only_small_bodies_are_kept() {
        let hot = HotObjects::default();
        for (size, is_kept) in [(BODY, true), (BODY + 1, false)] {
            let (row, known) = read(size);
            let kept = keep(&hot, &row, &known);
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
            let (row, known) = read(BODY + size);
            for _ in 0..8 {
                hot.keep(&known, headers);
            }
            let kept = hot.get(&row);
            assert!(hot.0.weight() <= ROOM, "{kept:?}");
        }
        assert!(hot.0.weight() > ROOM / 2);
    }
}

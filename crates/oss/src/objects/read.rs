//! The bytes of an object.

use std::ops::Range;

use bytes::Bytes;
use gateway::{Fault, ResponseBody};
use store::Error;

use crate::Oss;
use crate::headers::Slice;
use crate::hot::HotObject;
use crate::layouts::response;
use crate::rows::{self, BodyAt, Bucket, Object};

impl Oss {
    /// The bytes of an object, not copied, with what is kept of it from other reads. `None` if they are gone because the object was replaced or removed after
    /// it was looked up.
    pub(crate) async fn open(
        &self,
        bucket: &Bucket,
        object: &Object,
        slice: &Slice,
        hot: Option<&HotObject>,
    ) -> Result<Option<ResponseBody>, Fault> {
        let range = match slice {
            Slice::Whole => 0..object.size,
            Slice::Part(range) => range.clone(),
        };
        match object.body {
            BodyAt::Empty => Ok(Some(ResponseBody::Empty)),
            BodyAt::Small(_) => {
                if let Some(bytes) = hot.and_then(HotObject::body) {
                    return part(bytes, &range).map(Some);
                }
                let bytes = self.small_body(bucket, object).await?;
                if let (Some(hot), Some(bytes)) = (hot, &bytes) {
                    hot.keep_body(bytes);
                }
                bytes.map(|bytes| part(&bytes, &range)).transpose()
            }
            // In a box, so that other reads need not carry the room for it.
            BodyAt::Layout(id) => Box::pin(self.layouts.open(id, range)).await,
            BodyAt::Blob(id, _) => {
                let left = range.end - range.start;
                match self.store.blobs.read(id, range).await {
                    Ok(content) => Ok(Some(response(content, left))),
                    Err(Error::Missing(_)) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    /// The bytes that a small object has in a row of their own.
    pub(super) async fn small_body(
        &self,
        bucket: &Bucket,
        object: &Object,
    ) -> Result<Option<Bytes>, Fault> {
        let BodyAt::Small(body) = &object.body else {
            return Ok(None);
        };
        let row = rows::body_key(bucket.incarnation, body);
        Ok(self.store.get(&row).await?.map(|row| row.value))
    }
}

fn part(bytes: &Bytes, range: &Range<u64>) -> Result<ResponseBody, Fault> {
    let at = |n: u64| usize::try_from(n).ok().filter(|n| *n <= bytes.len());
    match (at(range.start), at(range.end)) {
        (Some(start), Some(end)) if start <= end => Ok(ResponseBody::full(bytes.slice(start..end))),
        _ => Err(Fault::internal(
            "a small body is shorter than its head says",
        )),
    }
}

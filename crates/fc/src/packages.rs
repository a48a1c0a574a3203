//! Where the code of functions comes from, and where it is kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream;
use gateway::{Call, Fault, crc64};
use serde_json::Value;
use store::{Batch, ReceiveError, Received};

use crate::rows::Code;
use crate::settings::{self, Fields};
use crate::{Fc, blocking, fault, package, temporary};

/// The largest package from an object, in bytes (spec/fc.md §1.9).
const MAX_OBJECT: u64 = 500 << 20;

/// A package that has been checked, and is in the store but belongs to nobody yet.
#[derive(Debug)]
pub(crate) struct NewCode {
    pub(crate) code: Code,
    /// The bytes, where they are few.
    small: Option<Bytes>,
}

impl NewCode {
    /// Makes it belong to a row, which is the one that has the bytes where they are few.
    pub(crate) fn own(self, batch: &mut Batch, row: &str) -> Code {
        match (self.small, self.code.blob) {
            (Some(bytes), _) => {
                batch.put(row, bytes);
            }
            (None, Some(blob)) => store::own(batch, blob, row),
            (None, None) => {}
        }
        self.code
    }
}

/// Takes a package out of the field `code` of a body, checks it, and stores it.
///
/// # Errors
///
/// `InvalidArgument`; `AccessDenied` where the caller may not read the object.
pub(crate) async fn receive(
    call: &Call<Fc>,
    source: Value,
    checksum: Option<&str>,
) -> Result<NewCode, Fault> {
    let Value::Object(mut source) = source else {
        return Err(fault::code_source());
    };
    let own = settings::take_text(&mut source, "checksum")?;
    let bytes = fetch(call, &mut source).await?;
    if let Some(unknown) = source.keys().next() {
        return Err(fault::unknown_field(&format!("code.{unknown}")));
    }
    let crc64 = check(bytes.clone()).await?;
    let given = own.as_deref().or(checksum).filter(|text| !text.is_empty());
    if let Some(given) = given.filter(|given| **given != crc64.to_string()) {
        return Err(fault::checksum_mismatch(given, crc64));
    }
    call.service.keep(bytes, crc64, call.now.wall).await
}

/// Reads the bytes from wherever the body says.
async fn fetch(call: &Call<Fc>, source: &mut Fields) -> Result<Bytes, Fault> {
    let mut take = |name| {
        let text = settings::take_text(source, name)?;
        Ok::<_, Fault>(text.filter(|text| !text.is_empty()))
    };
    match (
        take("zipFile")?,
        take("ossBucketName")?,
        take("ossObjectName")?,
    ) {
        (Some(text), None, None) => {
            let bytes = STANDARD
                .decode(text)
                .map_err(|e| fault::zip_file_encoding().because(e))?;
            Ok(bytes.into())
        }
        (None, Some(bucket), Some(key)) => from_object(call, &bucket, &key).await,
        _ => Err(fault::code_source()),
    }
}

async fn from_object(call: &Call<Fc>, bucket: &str, key: &str) -> Result<Bytes, Fault> {
    let (objects, region) = (&call.service.objects, &call.target.region);
    let missing = || fault::no_code_object(bucket, key, region);
    let found = objects.find(region, bucket, key).await?;
    let found = found.ok_or_else(missing)?;
    // What was stored with a token of the account is the account's, though the bucket is not.
    if !temporary::is_upload(&call.target, bucket, key) {
        call.require_on("oss:GetObject", &found.arn, &found.guard)
            .await?;
    }
    if found.size > MAX_OBJECT {
        return Err(fault::code_too_large(found.size, MAX_OBJECT));
    }
    let bytes = objects.read(bucket, key, MAX_OBJECT).await?;
    bytes.ok_or_else(missing)
}

/// The checksum of a package that can be unpacked.
async fn check(bytes: Bytes) -> Result<u64, Fault> {
    let checked = blocking::apart(move || {
        let crc64 = crc64::of(&bytes);
        package::check(&bytes).map(|()| crc64)
    });
    let checked = checked.await?;
    checked.map_err(|bad| fault::bad_package(&bad.to_string()))
}

impl Fc {
    async fn keep(&self, bytes: Bytes, crc64: u64, wall: DateTime<Utc>) -> Result<NewCode, Fault> {
        let size = bytes.len() as u64;
        let body = stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
        let received = self.store.receive(body, wall).await;
        let received = received.map_err(|error| match error {
            ReceiveError::Store(error) => Fault::from(error),
            ReceiveError::Body(never) => match never {},
        })?;
        let (small, blob) = match received {
            Received::Small(bytes) => (Some(bytes), None),
            Received::Large { id, .. } => (None, Some(id)),
        };
        Ok(NewCode {
            code: Code { size, crc64, blob },
            small,
        })
    }

    /// The bytes of a package, small or large. `row` is where small ones are.
    ///
    /// # Errors
    ///
    /// None if the function was changed or deleted after it was looked up.
    pub(crate) async fn package(&self, code: &Code, row: &str) -> Result<Option<Bytes>, Fault> {
        let Some(blob) = code.blob else {
            let row = self.store.meta.get(row.as_bytes()).await?;
            return Ok(row.map(|row| row.value));
        };
        match self.store.blobs.read(blob, 0..code.size).await {
            Ok(content) => Ok(Some(content.into_bytes().await?)),
            Err(store::Error::Missing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a package that nobody owns any more. What fails here a sweep makes good.
    pub(crate) async fn release(&self, code: Option<&Code>) {
        if let Some(blob) = code.and_then(|code| code.blob)
            && let Err(error) = self.store.release(blob).await
        {
            tracing::warn!(%blob, %error, "cannot delete a code package yet");
        }
    }
}

//! What a request that makes an object says about it besides its bytes. Every operation that does reads it here.

use gateway::{Call, Fault};
use http::HeaderMap;

use crate::locate::ObjectTarget;
use crate::rows::{Extras, Metadata, ObjectAcl, StorageClass, Tags};
use crate::{Bucket, Oss, headers};

/// The headers that an operation must list in its route (`Route::takes`) if it reads attributes.
pub(crate) const HEADERS: &[&str] = &[headers::TAGGING];

/// What an object is to have.
#[derive(Debug)]
pub(crate) struct Attributes {
    pub(crate) metadata: Metadata,
    /// `x-oss-object-acl`.
    pub(crate) acl: Option<ObjectAcl>,
    /// `x-oss-storage-class`; the bucket's where there is none.
    pub(crate) storage_class: Option<StorageClass>,
    /// `x-oss-tagging`.
    pub(crate) tags: Option<Tags>,
    /// `x-oss-forbid-overwrite`.
    pub(crate) forbid_overwrite: bool,
}

impl Attributes {
    /// Reads the headers.
    ///
    /// Errors: `InvalidArgument`, `InvalidTag`, `TooManyTags`.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Fault> {
        Ok(Self {
            metadata: headers::metadata(headers)?,
            acl: headers::object_acl(headers)?,
            storage_class: headers::storage_class(headers)?,
            tags: headers::tagging(headers)?,
            forbid_overwrite: headers::forbids_overwrite(headers),
        })
    }

    /// Asks for what it takes to give an object an ACL or tags, besides the permission to make it.
    pub(crate) async fn permit(&self, call: &Call<Oss>, at: &ObjectTarget) -> Result<(), Fault> {
        permit(call, at, self.acl.is_some(), self.tags.is_some()).await
    }

    /// What the object's row has in its `extras`.
    pub(crate) fn extras(&self) -> Extras {
        Extras {
            tags: self.tags.clone().unwrap_or_default(),
            ..Extras::default()
        }
    }

    /// Where the object is to be kept.
    pub(crate) fn class(&self, bucket: &Bucket) -> StorageClass {
        self.storage_class.unwrap_or(bucket.storage_class)
    }
}

/// The same for a request that says so otherwise: whether it gives an ACL, and whether it gives tags.
pub(crate) async fn permit(
    call: &Call<Oss>,
    at: &ObjectTarget,
    acl: bool,
    tags: bool,
) -> Result<(), Fault> {
    let asked = [(acl, "oss:PutObjectAcl"), (tags, PUT_TAGGING)];
    for (_, action) in asked.into_iter().filter(|(given, _)| *given) {
        call.require_on(action, &at.arn(), &at.guard(None)).await?;
    }
    Ok(())
}

/// What it takes to give tags.
pub(crate) const PUT_TAGGING: &str = "oss:PutObjectTagging";
/// What it takes to see tags.
pub(crate) const GET_TAGGING: &str = "oss:GetObjectTagging";

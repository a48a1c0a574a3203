//! What a request that makes an object says about it besides its bytes. Every operation that does reads it here.

use gateway::{Call, Fault, Guard};
use http::{HeaderMap, HeaderName};

use crate::locate::ObjectTarget;
use crate::rows::{Encryption, Extras, Metadata, ObjectAcl, StorageClass, Tags};
use crate::settings::{BucketEncryption, Setting};
use crate::{Bucket, Oss, headers};

/// The headers that an operation must list in its route (`Route::takes`) if it reads attributes.
pub(crate) const HEADERS: &[&str] = &[
    headers::TAGGING,
    headers::encryption::METHOD,
    headers::encryption::DATA,
    headers::encryption::KEY,
];

/// What an object is to have.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) metadata: Metadata,
    /// `x-oss-object-acl`.
    pub(crate) acl: Option<ObjectAcl>,
    /// `x-oss-storage-class`; the bucket's where there is none.
    pub(crate) storage_class: Option<StorageClass>,
    /// `x-oss-tagging`.
    pub(crate) tags: Option<Tags>,
    /// `x-oss-server-side-encryption` and its kin.
    pub(crate) encryption: Option<Encryption>,
    /// `x-oss-forbid-overwrite`.
    pub(crate) forbid_overwrite: bool,
}

impl Attributes {
    /// Reads the headers.
    ///
    /// Errors: `InvalidArgument`, `InvalidTag`, `TooManyTags`, `InvalidEncryptionAlgorithmError`.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Fault> {
        let metadata = headers::metadata(headers)?;
        if !headers.keys().any(is_read) {
            return Ok(Self {
                metadata,
                ..Self::default()
            });
        }
        Ok(Self {
            metadata,
            acl: headers::object_acl(headers)?,
            storage_class: headers::storage_class(headers)?,
            tags: headers::tagging(headers)?,
            encryption: headers::encryption(headers)?,
            forbid_overwrite: headers::forbids_overwrite(headers),
        })
    }

    /// Asks for what it takes to give an object an ACL, tags or a key, besides the permission to make it.
    pub(crate) async fn permit(&self, call: &Call<Oss>, at: &ObjectTarget) -> Result<(), Fault> {
        let (acl, tags) = (self.acl.is_some(), self.tags.is_some());
        let asked = [(acl, "oss:PutObjectAcl"), (tags, PUT_TAGGING)];
        for (_, action) in asked.into_iter().filter(|(given, _)| *given) {
            call.require_on(action, &at.arn(), &at.guard(None)).await?;
        }
        if let Some(Encryption::Kms { key, .. }) = &self.encryption {
            permit_key(call, &at.bucket, "kms:GenerateDataKey", key).await?;
            permit_key(call, &at.bucket, DECRYPT, key).await?;
        }
        Ok(())
    }

    /// Fills in how the bucket encrypts an object that does not say it, and then asks as [`permit`](Self::permit) does.
    pub(crate) async fn settle(self, call: &Call<Oss>, at: &ObjectTarget) -> Result<Self, Fault> {
        match self.is_settled(&at.bucket) {
            true => Ok(self),
            // In a box, so that other requests need not carry the room for it.
            false => Box::pin(self.settle_now(call, at)).await,
        }
    }

    /// Whether there is nothing to fill in and nothing to ask for.
    fn is_settled(&self, bucket: &Bucket) -> bool {
        let encrypts = bucket.settings.has(BucketEncryption::KIND);
        !encrypts && self.encryption.is_none() && self.acl.is_none() && self.tags.is_none()
    }

    async fn settle_now(mut self, call: &Call<Oss>, at: &ObjectTarget) -> Result<Self, Fault> {
        if self.encryption.is_none() {
            let rule = call.service.setting::<BucketEncryption>(&at.bucket).await?;
            self.encryption = rule.map(|rule| rule.of_object());
        }
        self.permit(call, at).await?;
        Ok(self)
    }

    /// What the object's row has in its `extras`.
    pub(crate) fn extras(&self) -> Extras {
        Extras {
            tags: self.tags.clone().unwrap_or_default(),
            encryption: self.encryption.clone(),
            ..Extras::default()
        }
    }

    /// Where the object is to be kept.
    pub(crate) fn class(&self, bucket: &Bucket) -> StorageClass {
        self.storage_class.unwrap_or(bucket.storage_class)
    }
}

/// Whether [`Attributes::read`] reads this header besides metadata. Most requests have none, which one look at their
/// names tells.
fn is_read(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-oss-")
        && matches!(
            name.as_str(),
            headers::OBJECT_ACL
                | headers::CLASS
                | headers::FORBID_OVERWRITE
                | headers::TAGGING
                | headers::encryption::METHOD
                | headers::encryption::DATA
                | headers::encryption::KEY
        )
}

/// Asks whether the caller may read what a key of the key management service encrypts, if the object has one.
pub(crate) async fn permit_decrypt(
    call: &Call<Oss>,
    bucket: &Bucket,
    extras: &Extras,
) -> Result<(), Fault> {
    match &extras.encryption {
        // In a box, so that other reads need not carry the room for it.
        Some(Encryption::Kms { key, .. }) => Box::pin(permit_key(call, bucket, DECRYPT, key)).await,
        _ => Ok(()),
    }
}

const DECRYPT: &str = "kms:Decrypt";

/// Keys belong to the account that owns the bucket, in its region.
async fn permit_key(
    call: &Call<Oss>,
    bucket: &Bucket,
    action: &'static str,
    key: &str,
) -> Result<(), Fault> {
    let arn = format!("acs:kms:{}:{}:key/{key}", bucket.region, bucket.owner);
    let guard = Guard::owned_by(bucket.owner.clone());
    call.require_on(action, &arn, &guard).await
}

/// What it takes to give tags.
pub(crate) const PUT_TAGGING: &str = "oss:PutObjectTagging";
/// What it takes to see tags.
pub(crate) const GET_TAGGING: &str = "oss:GetObjectTagging";

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn each_attribute_is_read_alone() {
        let read = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-oss-date", HeaderValue::from_static("20250101T000000Z"));
            headers.insert(name, HeaderValue::from_static(value));
            Attributes::read(&headers)
        };
        let acl = read(headers::OBJECT_ACL, "private").unwrap();
        assert_eq!(acl.acl, Some(ObjectAcl::Private));
        let class = read(headers::CLASS, "Archive").unwrap();
        assert_eq!(class.storage_class, Some(StorageClass::Archive));
        assert!(read(headers::TAGGING, "a=b").unwrap().tags.is_some());
        let forbids = read(headers::FORBID_OVERWRITE, "true").unwrap();
        assert!(forbids.forbid_overwrite);
        let encryption = read(headers::encryption::METHOD, "SM4").unwrap();
        assert_eq!(encryption.encryption, Some(Encryption::Sm4));
        assert!(read(headers::encryption::KEY, "mine").is_err());
        let nothing = read("x-oss-meta-a", "1").unwrap();
        assert_eq!(nothing.metadata.user.len(), 1);
    }
}

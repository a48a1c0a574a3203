//! Buckets of the platform itself, in which services keep for a while what they give to their users or get from them.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use gateway::objects::KEPT;
use gateway::{Body, Fault, Moment, PLATFORM};

use crate::attributes::Attributes;
use crate::buckets::Owned;
use crate::events::Telling;
use crate::objects::{Expected, New};
use crate::ops::put_object;
use crate::rows::{self, Bucket, Listed};
use crate::settings::TransferAcceleration;
use crate::uploads::Ask;
use crate::{Oss, fault};

impl Oss {
    /// See [`gateway::Objects::platform_bucket`].
    pub(crate) async fn make_platform_bucket(
        &self,
        region: &str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        if let Some(bucket) = self.bucket(name).await?
            && *bucket.owner == *PLATFORM
            && bucket.settings.has(rows::Kind::TransferAcceleration)
        {
            return Ok(());
        }
        self.make_bucket(name, region, PLATFORM, now).await?;
        let bucket = self.bucket(name).await?;
        let bucket = bucket.ok_or_else(|| fault::no_such_bucket(name))?;
        // Serverless Devs uploads through the acceleration endpoint.
        let acceleration = TransferAcceleration { enabled: true };
        self.put_setting(&bucket, &acceleration).await
    }

    /// See [`gateway::Objects::store`].
    pub(crate) async fn keep_for_platform(
        &self,
        bucket: &str,
        key: &str,
        bytes: Bytes,
        now: &Moment,
    ) -> Result<(), Fault> {
        let found = self.bucket(bucket).await?;
        let found = found.filter(|bucket| *bucket.owner == *PLATFORM);
        let found = found.ok_or_else(|| fault::no_such_bucket(bucket))?;
        let place = self.place(found, key.into()).await?;
        let body = Body::from_bytes(bytes);
        let incoming = self.receive(body, &Expected::default(), now.wall).await?;
        let (object, body) = put_object::made(incoming, Attributes::default(), &place.bucket, now);
        let new = New {
            object,
            body,
            forbid_overwrite: false,
        };
        self.put(&place, new, &Telling::NOBODY).await.map(drop)
    }

    /// Deletes what the buckets of the platform have kept for long enough ([`KEPT`]). `now` is virtual time.
    pub async fn expire(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        let until = (now - KEPT).timestamp_millis();
        let view = self.store.meta.view().await?;
        let mut owned = Owned::of(&view, PLATFORM, "", "").await?;
        while let Some(bucket) = owned.next().await? {
            for key in self.older(&bucket, until).await? {
                let place = self.place(bucket.clone(), key.as_str().into()).await?;
                let stored = place.found.as_ref().map(|found| found.object.modified);
                if stored.is_some_and(|at| at <= until) {
                    self.delete(&place, &Telling::NOBODY).await?;
                }
            }
            self.expire_uploads(&bucket, until).await?;
        }
        Ok(())
    }

    /// Ends the uploads that began before this and are not complete.
    async fn expire_uploads(&self, bucket: &Arc<Bucket>, until: i64) -> Result<(), Fault> {
        let all = Ask {
            prefix: "",
            delimiter: "",
            key: "",
            upload: None,
            limit: usize::MAX,
        };
        let found = self.list_uploads(bucket, &all).await?;
        let old = found.uploads.into_iter();
        for entry in old.filter(|entry| entry.upload.initiated <= until) {
            let place = self
                .place(bucket.clone(), entry.key.as_str().into())
                .await?;
            if let Some(running) = self.find_upload(&place, &entry.id).await? {
                self.abort_upload(&running, &Telling::NOBODY).await?;
            }
        }
        Ok(())
    }

    /// The keys of what was stored before this, in milliseconds since 1970.
    async fn older(&self, bucket: &Bucket, until: i64) -> Result<Vec<String>, Fault> {
        let base = rows::heads(bucket.incarnation);
        let view = self.store.meta.view().await?;
        let mut cursor = view.cursor(&base);
        let mut keys = Vec::new();
        while let Some(row) = cursor.next().await? {
            let key = row.key.get(base.len()..).unwrap_or_default();
            if Listed::decode(&row.value)?.modified <= until {
                keys.push(String::from_utf8_lossy(key).into_owned());
            }
        }
        Ok(keys)
    }
}

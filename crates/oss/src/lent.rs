//! Objects for other services.

use async_trait::async_trait;
use bytes::Bytes;
use gateway::objects::FoundObject;
use gateway::{Fault, Moment, Objects, ResponseBody};
use http_body_util::BodyExt;
use policy::Access;

use crate::Oss;
use crate::headers::Slice;
use crate::locate::ObjectTarget;
use crate::rows::ObjectType;

#[async_trait]
impl Objects for Oss {
    async fn find(
        &self,
        region: &str,
        bucket: &str,
        key: &str,
    ) -> Result<Option<FoundObject>, Fault> {
        let Some(place) = self.lent(bucket, key).await? else {
            return Ok(None);
        };
        let size = place.existing()?.object.size;
        Ok((*place.bucket.region == *region).then(|| FoundObject {
            arn: place.arn(),
            guard: place.guard(Some(Access::Read)),
            size,
        }))
    }

    async fn has_bucket(&self, region: &str, account: &str, bucket: &str) -> Result<bool, Fault> {
        let found = self.bucket(bucket).await?;
        Ok(found.is_some_and(|found| *found.region == *region && *found.owner == *account))
    }

    async fn read(&self, bucket: &str, key: &str, limit: u64) -> Result<Option<Bytes>, Fault> {
        let Some(place) = self.lent(bucket, key).await? else {
            return Ok(None);
        };
        let object = &place.existing()?.object;
        if object.size > limit {
            return Ok(None);
        }
        let hot = object.hot();
        match self.open(&place.bucket, object, &Slice::Whole, hot).await? {
            Some(body) => Ok(Some(whole(body).await?)),
            None => Ok(None),
        }
    }

    async fn platform_bucket(&self, region: &str, bucket: &str, now: &Moment) -> Result<(), Fault> {
        self.make_platform_bucket(region, bucket, now.virtual_)
            .await
    }

    async fn store(
        &self,
        bucket: &str,
        key: &str,
        bytes: Bytes,
        now: &Moment,
    ) -> Result<(), Fault> {
        self.keep_for_platform(bucket, key, bytes, now).await
    }
}

impl Oss {
    /// A place with an object in it. Links and what has to be restored first are not lent.
    async fn lent(&self, bucket: &str, key: &str) -> Result<Option<ObjectTarget>, Fault> {
        let Some(bucket) = self.bucket(bucket).await? else {
            return Ok(None);
        };
        let place = self.place(bucket, key.into()).await?;
        let readable = place.found.as_ref().is_some_and(|found| {
            found.object.kind != ObjectType::Symlink && !found.object.storage_class.is_archive()
        });
        Ok(readable.then_some(place))
    }
}

async fn whole(body: ResponseBody) -> Result<Bytes, Fault> {
    let collected = body.collect().await;
    Ok(collected.map_err(Fault::internal)?.to_bytes())
}

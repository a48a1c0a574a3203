//! Buckets as static websites: what is read in the place of a folder.

use gateway::{Call, Fault};
use policy::Access;

use crate::Oss;
use crate::locate::ObjectTarget;
use crate::settings::Website;

/// The place to read where a request names a folder that is no object: that of the index page, if the bucket is a
/// website and has the page. Reading it takes the permission to read it.
pub(crate) async fn index(call: &Call<Oss>, asked: ObjectTarget) -> Result<ObjectTarget, Fault> {
    if asked.found.is_some() || !asked.key.ends_with('/') {
        return Ok(asked);
    }
    // In a box, so that other reads need not carry the room for it.
    Box::pin(page(call, asked)).await
}

async fn page(call: &Call<Oss>, asked: ObjectTarget) -> Result<ObjectTarget, Fault> {
    let website = call.service.setting::<Website>(&asked.bucket).await?;
    let Some(key) = website.and_then(|website| website.index(&asked.key)) else {
        return Ok(asked);
    };
    let page = call.service.place(asked.bucket.clone(), key.into()).await?;
    if page.found.is_none() {
        return Ok(asked);
    }
    let located = page.located(Some(Access::Read));
    call.require("oss:GetObject", &located).await?;
    located.target.object()
}

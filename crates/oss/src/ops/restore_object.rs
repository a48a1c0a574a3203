//! RestoreObject: makes an archived object readable for some days.
//! <https://help.aliyun.com/zh/oss/developer-reference/restoreobject>

use gateway::{Action, Body, Call, Fault, Op};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::restores::{self, Asked};
use crate::route::{Route, Scope};
use crate::xml_in::rooted;
use crate::{Object, Oss, Reply, StorageClass, Target, document, fault};

pub(crate) const OP: Op<Oss> = Op {
    name: "RestoreObject",
    route: Route::post(Scope::Object).sub("restore"),
    action: Action::One("oss:RestoreObject"),
    run: |call| Box::pin(run(call)),
};

/// The largest body, in bytes.
const LIMIT: usize = 64 << 10;
/// How urgent the restore of an object is whose class has tiers.
const PRIORITY: HeaderName = HeaderName::from_static("x-oss-object-restore-priority");

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    let body = std::mem::replace(&mut call.body, Body::from_bytes(""));
    let document = document::read(&call.head, body, LIMIT).await?;
    let asked = asked(&document)?;
    let now = call.now.virtual_.timestamp_millis();
    let (mut status, mut priority) = (StatusCode::ACCEPTED, None);
    let change = |object: &mut Object| {
        status = restores::restore(object, &asked, now)?;
        let tier = object.extras.restore.map(|restore| restore.tier.name());
        priority = tier.filter(|_| object.storage_class != StorageClass::Archive);
        Ok(())
    };
    call.service.change(&at, change).await?;
    let reply = Reply::new(status);
    Ok(match priority {
        Some(tier) => reply.header(PRIORITY, HeaderValue::from_static(tier)),
        None => reply,
    })
}

/// A `RestoreRequest`, or nothing.
fn asked(document: &[u8]) -> Result<Asked, Fault> {
    if document.is_empty() {
        return Ok(Asked::default());
    }
    let root = rooted(document, "RestoreRequest").map_err(|bad| fault::malformed_xml(&bad.0))?;
    let job = root.child("JobParameters");
    Ok(Asked {
        days: root.child_text("Days").map(str::to_owned),
        job: job.is_some(),
        tier: job.and_then(|job| job.child_text("Tier").map(str::to_owned)),
    })
}

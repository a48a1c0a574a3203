//! PutBucket: makes a bucket.
//! <https://help.aliyun.com/zh/oss/developer-reference/putbucket>

use std::sync::Arc;

use gateway::{Action, Call, Caller, Fault, Head, Op, region};
use http::HeaderValue;
use http::header::LOCATION;
use policy::Acl;

use crate::buckets::NewBucket;
use crate::rows::{self, Redundancy, StorageClass};
use crate::xml_in::{CreateBucket, create_bucket};
use crate::{Bucketless, Oss, Reply, Route, Scope, Target, document, fault, locate};

/// A `CreateBucketConfiguration` is never larger, in bytes.
const LIMIT: usize = 64 << 10;

/// A bucket's ACL.
const ACL: &str = "x-oss-acl";

pub(crate) const OP: Op<Oss> = Op {
    name: "PutBucket",
    route: Route::put(Scope::Bucket).bucketless(Bucketless::Claims),
    action: Action::One("oss:PutBucket"),
    run: |call| Box::pin(run(call)),
};

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let name = match &call.target {
        Target::Bucket(bucket) => bucket.name.clone(),
        Target::Vacant(name) => name.clone(),
        other => return Err(Fault::internal(format!("{other:?} is no bucket"))),
    };
    let body = std::mem::replace(&mut call.body, gateway::Body::from_bytes(""));
    let document = document::read(&call.head, body, LIMIT).await?;
    let said = create_bucket(&document).map_err(|bad| fault::bucket::malformed_create(&bad.0))?;
    let new = asked(name, &call.head, &call.caller, &said)?;
    create(&call, &new).await
}

/// Makes the bucket, or gives the one that exists the ACL that is asked for. That is a change of its own, and
/// needs its own permission.
pub(super) async fn create(call: &Call<Oss>, new: &NewBucket) -> Result<Reply, Fault> {
    let existing = call.service.create_bucket(new, call.now.virtual_).await?;
    if let (Some(bucket), Some(acl)) = (existing, new.acl)
        && bucket.acl != acl
    {
        let arn = locate::bucket_arn(&bucket.owner, &bucket.name);
        let guard = locate::bucket_guard(&bucket);
        call.require_on("oss:PutBucketAcl", &arn, &guard).await?;
        call.service.set_bucket_acl(&bucket, acl).await?;
    }
    Ok(named(&new.name))
}

/// 200, with the path of the bucket.
pub(super) fn named(bucket: &str) -> Reply {
    let reply = Reply::ok();
    match HeaderValue::try_from(format!("/{bucket}")) {
        Ok(path) => reply.header(LOCATION, path),
        Err(_) => reply,
    }
}

/// The bucket that a request asks for.
pub(super) fn asked(
    name: Arc<str>,
    head: &Head,
    caller: &Caller,
    said: &CreateBucket,
) -> Result<NewBucket, Fault> {
    let owner = caller.account().ok_or_else(fault::anonymous_forbidden)?;
    Ok(NewBucket {
        name,
        owner: owner.into(),
        region: region_of(head, said.location.as_deref())?.into(),
        acl: acl(head)?,
        storage_class: said
            .storage_class
            .as_deref()
            .map(storage_class)
            .transpose()?,
        redundancy: said.redundancy.as_deref().map(redundancy).transpose()?,
    })
}

/// `x-oss-acl`, if it is there.
pub(super) fn acl(head: &Head) -> Result<Option<Acl>, Fault> {
    let Some(value) = head.headers.get(ACL) else {
        return Ok(None);
    };
    let value = String::from_utf8_lossy(value.as_bytes());
    let acl = rows::parse_acl(&value).ok_or_else(|| fault::bucket::bad_bucket_acl(&value))?;
    Ok(Some(acl))
}

/// The endpoint's region. An endpoint without one makes buckets in the region of the `LocationConstraint`, or else
/// in the default one; an endpoint with one makes none elsewhere.
fn region_of<'a>(head: &'a Head, location: Option<&'a str>) -> Result<&'a str, Fault> {
    let endpoint = head.endpoint.region.as_deref();
    let wanted = match location {
        None => endpoint.unwrap_or(region::DEFAULT),
        Some(location) => location.strip_prefix("oss-").unwrap_or(location),
    };
    let fits = endpoint.is_none_or(|endpoint| endpoint == wanted);
    if !fits || !region::is_known(wanted) {
        return Err(fault::bucket::bad_location(location.unwrap_or(wanted)));
    }
    Ok(wanted)
}

fn storage_class(name: &str) -> Result<StorageClass, Fault> {
    StorageClass::parse(name).ok_or_else(|| fault::bucket::bad_storage_class(name))
}

fn redundancy(name: &str) -> Result<Redundancy, Fault> {
    Redundancy::parse(name).ok_or_else(|| fault::bucket::bad_redundancy(name))
}

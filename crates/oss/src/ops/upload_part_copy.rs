//! UploadPartCopy: takes a part of an upload from an object. What is one blob there is shared and not copied.
//! <https://help.aliyun.com/zh/oss/developer-reference/uploadpartcopy>

use std::ops::Range;

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Op};

use super::copy_object::{SOURCE, source};
use super::multipart::{PART_NUMBER, UPLOAD_ID, ended, part_number, upload};
use crate::attributes::permit_decrypt;
use crate::events::{Telling, telling};
use crate::headers::{self, Outcome, Slice, range};
use crate::locate::ObjectTarget;
use crate::objects::{ATTEMPTS, Incoming, MAX_SIZE};
use crate::route::{Route, Scope};
use crate::rows::{self, BodyAt, NewBody, Part};
use crate::uploads::{NewPart, Running, Stored};
use crate::{Oss, Reply, Target, fault, symlinks, time};

pub(crate) const OP: Op<Oss> = Op {
    name: "UploadPartCopy",
    route: Route::put(Scope::Object)
        .sub(UPLOAD_ID)
        .with_header(SOURCE)
        .takes(&[PART_NUMBER, RANGE]),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

const RANGE: &str = "x-oss-copy-source-range";
/// The EC of `NoSuchUpload` here.
const EC: Option<&str> = Some("0042-00000311");

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let at = std::mem::replace(&mut call.target, Target::Service).object()?;
    let number = part_number(&call.head)?;
    let mut source = source(&call).await?;
    if source.bucket.region != at.bucket.region {
        return Err(fault::other_data_center());
    }
    source.existing()?;
    let running = upload(&call.service, &at, &call.head, EC).await?;
    let tell = telling(&call, &at, "ObjectCreated:UploadPartCopy").await?;
    for _ in 0..ATTEMPTS {
        match copy(&call, &source, &running, number, &tell).await? {
            Copied::NotModified(reply) => return Ok(reply),
            Copied::Part(Stored::Done(part)) => return reply(&part),
            Copied::Part(Stored::NoUpload) => return Err(ended(&call.head, EC)),
            Copied::Part(Stored::SourceGone) => {}
        }
        source.found = call.service.find(&source.bucket, &source.key).await?;
    }
    Err(fault::no_such_key(&source.key))
}

/// What an attempt came to.
enum Copied {
    NotModified(Reply),
    Part(Stored),
}

/// Copies from the source as it was looked up.
async fn copy(
    call: &Call<Oss>,
    source: &ObjectTarget,
    running: &Running,
    number: u16,
    tell: &Telling<'_>,
) -> Result<Copied, Fault> {
    let seen = symlinks::see(call, source).await?;
    let object = &*seen.object;
    if headers::COPY_SOURCE.check(&call.head, object)? == Outcome::NotModified {
        return Ok(Copied::NotModified(super::get_object::not_modified(object)));
    }
    if !seen.readable {
        return Err(fault::restore::invalid_object_state());
    }
    permit_decrypt(call, &source.bucket, &object.extras).await?;
    let asked = call.head.header(RANGE).unwrap_or_default();
    let range = match range::inside(asked, object.size) {
        Slice::Whole => 0..object.size,
        Slice::Part(range) => range,
    };
    if range.end - range.start > MAX_SIZE {
        return Err(fault::copy_source_too_large());
    }
    let Some(incoming) = take(call, source, object, &range).await? else {
        return Ok(Copied::Part(Stored::SourceGone));
    };
    let start = match incoming.body {
        NewBody::Shared(_) => range.start,
        _ => 0,
    };
    let new = NewPart {
        number,
        incoming,
        start,
        modified: call.now.virtual_.timestamp_millis(),
    };
    let stored = call.service.put_part(running, &new, tell).await?;
    Ok(Copied::Part(stored))
}

/// The bytes for the part, which are read in any case: their MD5 is the part's ETag. `None` if they are gone.
async fn take(
    call: &Call<Oss>,
    source: &ObjectTarget,
    object: &crate::Object,
    range: &Range<u64>,
) -> Result<Option<Incoming>, Fault> {
    let oss = &call.service;
    let slice = Slice::Part(range.clone());
    let Some(body) = oss.open(&source.bucket, object, &slice, None).await? else {
        return Ok(None);
    };
    let size = range.end - range.start;
    let body = gateway::Body::new(body, Some(size));
    match object.body {
        BodyAt::Blob(id, _) if size > 0 => Ok(Some(Incoming {
            body: NewBody::Shared(id),
            ..oss.sum(body).await?
        })),
        _ => {
            let expected = Default::default();
            oss.receive(body, &expected, call.now.wall).await.map(Some)
        }
    }
}

fn reply(part: &Part) -> Result<Reply, Fault> {
    let mut xml = Xml::new();
    xml.group("CopyPartResult", |result| {
        result
            .value("LastModified", time::iso(time::from_millis(part.modified)))
            .text("ETag", &format!("\"{}\"", rows::upper_hex(&part.md5)));
    });
    super::upload_part::reply(Reply::xml(xml), part, false)
}

//! CopyObject: copies an object within a region, or changes the metadata of one in place.
//! <https://help.aliyun.com/zh/oss/developer-reference/copyobject>

use std::sync::Arc;

use gateway::xml::Xml;
use gateway::{Action, Call, Fault, Head, Op};
use http::HeaderValue;
use policy::Access;

use crate::attributes::{self, Attributes, GET_TAGGING, permit_decrypt};
use crate::events::telling;
use crate::headers::{self, Outcome};
use crate::locate::ObjectTarget;
use crate::name::read_key;
use crate::objects::{Copy, MAX_SIZE};
use crate::route::{Route, Scope};
use crate::rows::{Extras, Metadata, Tags};
use crate::{Oss, Reply, Target, fault, name, time};

pub(crate) const OP: Op<Oss> = Op {
    name: "CopyObject",
    route: Route::put(Scope::Object)
        .with_header(SOURCE)
        .takes(attributes::HEADERS),
    action: Action::One("oss:PutObject"),
    run: |call| Box::pin(run(call)),
};

pub(super) const SOURCE: &str = "x-oss-copy-source";
const METADATA_DIRECTIVE: &str = "x-oss-metadata-directive";
const TAGGING_DIRECTIVE: &str = "x-oss-tagging-directive";

async fn run(mut call: Call<Oss>) -> Result<Reply, Fault> {
    let target = std::mem::replace(&mut call.target, Target::Service).object()?;
    let headers = &call.head.headers;
    let asked = Attributes::read(headers)?;
    let copies_tags = directive(
        &call.head,
        TAGGING_DIRECTIVE,
        fault::tags::invalid_directive,
    )?;
    let source = source(&call).await?;
    if source.bucket.region != target.bucket.region {
        return Err(fault::other_data_center());
    }
    let tags = match copies_tags {
        Directive::Copy => tags_of(&call, &source).await?,
        Directive::Replace => asked.tags.clone().unwrap_or_default(),
    };
    let asked = Attributes {
        tags: Some(tags).filter(|tags| !tags.is_empty()),
        ..asked
    };
    let asked = asked.settle(&call, &target).await?;
    let object = &source.existing()?.object;
    permit_decrypt(&call, &source.bucket, &object.extras).await?;
    if headers::COPY_SOURCE.check(&call.head, object)? == Outcome::NotModified {
        return Ok(super::get_object::not_modified(object));
    }
    if !object
        .state(call.now.virtual_.timestamp_millis())
        .is_readable()
    {
        return Err(fault::restore::invalid_object_state());
    }
    if object.size > MAX_SIZE {
        return Err(fault::copy_source_too_large());
    }
    let copy = Copy {
        extras: Extras {
            link: object.extras.link.clone(),
            ..asked.extras()
        },
        acl: asked.acl.unwrap_or_default(),
        storage_class: asked.class(&target.bucket),
        modified: call.now.virtual_.timestamp_millis(),
        forbid_overwrite: asked.forbid_overwrite,
        metadata: metadata(&call.head, source.is_place_of(&target), asked.metadata)?,
    };
    let tell = telling(&call, &target, "ObjectCreated:CopyObject").await?;
    let copied = call.service.copy(source, &target, &copy, &tell).await?;
    Ok(reply(&copied))
}

/// The tags of the source for the copy. Whoever may not see them may not copy them either.
async fn tags_of(call: &Call<Oss>, source: &ObjectTarget) -> Result<Tags, Fault> {
    let tags = &source.existing()?.object.extras.tags;
    if !tags.is_empty() {
        let guard = source.guard(None);
        call.require_on(GET_TAGGING, &source.arn(), &guard).await?;
    }
    Ok(tags.clone())
}

fn reply(copied: &crate::Object) -> Reply {
    let mut xml = Xml::new();
    xml.group("CopyObjectResult", |result| {
        result.text("ETag", &copied.etag()).value(
            "LastModified",
            time::iso(time::from_millis(copied.modified)),
        );
    });
    let mut reply = Reply::xml(xml);
    headers::write_etag(copied, &mut reply.headers);
    headers::write_crc64(copied, &mut reply.headers);
    headers::write_encryption(&copied.extras, &mut reply.headers);
    reply
}

/// The source, once the caller may read it.
pub(super) async fn source(call: &Call<Oss>) -> Result<ObjectTarget, Fault> {
    let text = call.head.header(SOURCE).unwrap_or_default();
    let (bucket, key) = parse_source(text)?;
    let bucket = call
        .service
        .bucket(&bucket)
        .await?
        .ok_or_else(|| fault::no_such_bucket(&bucket))?;
    call.service
        .check_payer(&bucket, &call.caller, &call.head)
        .await?;
    let source = call.service.place(bucket, key).await?;
    let located = source.located(Some(Access::Read));
    call.require("oss:GetObject", &located).await?;
    located.target.object()
}

/// `/bucket/key` with the key percent-encoded. The first `/` may be missing or encoded like the rest.
fn parse_source(text: &str) -> Result<(String, Arc<str>), Fault> {
    let bad = || fault::invalid_copy_source(text);
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    if !query.is_empty() {
        return Err(fault::not_implemented(
            query.split('=').next().unwrap_or(query),
        ));
    }
    let whole = path.replacen("%2F", "/", if path.contains('/') { 0 } else { 2 });
    let whole = whole.strip_prefix('/').unwrap_or(&whole);
    let (bucket, key) = whole.split_once('/').ok_or_else(bad)?;
    if bucket.is_empty() || key.is_empty() {
        return Err(bad());
    }
    if !name::is_bucket_name(bucket) {
        return Err(fault::invalid_bucket_name(bucket));
    }
    Ok((bucket.to_owned(), read_key(key)?))
}

/// The copy's own metadata: asked for with `REPLACE`, and those of the request where the object is copied onto
/// itself (§6.6); a request that has none leaves them as they are (oss2's `test_update_metadata_versioning`).
fn metadata(head: &Head, onto_itself: bool, asked: Metadata) -> Result<Option<Metadata>, Fault> {
    let given = asked != Metadata::default();
    match directive(head, METADATA_DIRECTIVE, fault::invalid_directive)? {
        Directive::Replace => Ok(Some(asked)),
        Directive::Copy if onto_itself && given => Ok(Some(asked)),
        Directive::Copy => Ok(None),
    }
}

/// Whether the copy has what its source has, or what the request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Copy,
    Replace,
}

fn directive(head: &Head, name: &str, bad: fn(&str) -> Fault) -> Result<Directive, Fault> {
    let value = head.headers.get(name).map(HeaderValue::as_bytes);
    match value.unwrap_or(b"copy") {
        d if d.eq_ignore_ascii_case(b"copy") => Ok(Directive::Copy),
        d if d.eq_ignore_ascii_case(b"replace") => Ok(Directive::Replace),
        other => Err(bad(&String::from_utf8_lossy(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, String), &'static str> {
        let parsed = parse_source(text).map_err(|fault| fault.code())?;
        Ok((parsed.0, parsed.1.to_string()))
    }

    #[test]
    fn a_source_is_a_bucket_and_an_encoded_key() {
        let is = |bucket: &str, key: &str| Ok((bucket.to_owned(), key.to_owned()));
        assert_eq!(parsed("/src/a/b"), is("src", "a/b"));
        assert_eq!(parsed("src/a%2Fb"), is("src", "a/b"));
        assert_eq!(parsed("/src/a%20b%2Bc+d"), is("src", "a b+c+d"));
        assert_eq!(parsed("%2Fsrc%2Fa%2Fb"), is("src", "a/b"));
        assert_eq!(parsed("/src/%E4%BD%A0"), is("src", "你"));
        assert_eq!(parsed("/src/a%3Fb"), is("src", "a?b"));
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for text in ["", "/", "src", "/src", "/src/", "//key", "key"] {
            assert_eq!(parsed(text), Err("InvalidArgument"), "{text}");
        }
        assert_eq!(parsed("/S_c/key"), Err("InvalidBucketName"));
        assert_eq!(parsed("/src/%FF"), Err("InvalidObjectName"));
        assert_eq!(parsed("/src//key"), Err("InvalidObjectName"));
        assert_eq!(parsed("/src/key?versionId=x"), Err("NotImplemented"));
    }
}

//! A listing as XML. Elements stand in the order in which the service sends them (§8).

use gateway::xml::Xml;

use super::params::From;
use super::{Page, Params};
use crate::rows::{Bucket, Object};
use crate::text::Text;
use crate::{restores, time};

/// The `ListBucketResult` of either version, at a (virtual) time in milliseconds since 1970.
pub(crate) fn render(bucket: &Bucket, params: &Params, page: &Page<Object>, now: i64) -> Xml {
    let mut xml = Xml::new();
    xml.group("ListBucketResult", |result| {
        echo(result, bucket, params);
        result.value("IsTruncated", page.next.is_some());
        if let Some(next) = &page.next {
            next_page(result, params, next);
        }
        for (key, object) in &page.keys {
            result.group("Contents", |element| {
                contents(element, bucket, params, key, object);
                if let Some(told) = restores::told(object, now) {
                    element.value("RestoreInfo", Text(&told));
                }
            });
        }
        for prefix in &page.prefixes {
            result.group("CommonPrefixes", |group| {
                name(group, "Prefix", params, prefix);
            });
        }
        if let From::Token { .. } = params.from {
            result.value("KeyCount", page.len());
        }
    });
    xml
}

/// What was asked for.
fn echo(xml: &mut Xml, bucket: &Bucket, params: &Params) {
    xml.value("Name", &bucket.name);
    name(xml, "Prefix", params, &params.prefix);
    match &params.from {
        From::Marker(marker) => name(xml, "Marker", params, marker),
        From::Token {
            start_after, token, ..
        } => {
            if let Some(start_after) = start_after {
                name(xml, "StartAfter", params, start_after);
            }
            if let Some((token, _)) = token {
                xml.value("ContinuationToken", Text(token));
            }
        }
    }
    xml.value("MaxKeys", params.max_keys);
    name(xml, "Delimiter", params, &params.delimiter);
    if let Some(encoding) = &params.encoding {
        xml.value("EncodingType", Text(encoding));
    }
}

/// Where the next page begins, in the words of the version. Tokens are never escaped.
fn next_page(xml: &mut Xml, params: &Params, next: &str) {
    match params.from {
        From::Marker(_) => name(xml, "NextMarker", params, next),
        From::Token { .. } => {
            xml.value("NextContinuationToken", super::token::encode(next));
        }
    }
}

fn contents(xml: &mut Xml, bucket: &Bucket, params: &Params, key: &str, object: &Object) {
    let owners = match params.from {
        From::Marker(_) => true,
        From::Token { fetch_owner, .. } => fetch_owner,
    };
    name(xml, "Key", params, key);
    let modified = time::iso(time::from_millis(object.modified));
    xml.value("LastModified", modified)
        .value("ETag", object.etag())
        .value("Type", object.type_name())
        .value("Size", object.size)
        .value("StorageClass", object.storage_class.name());
    if owners {
        owner(xml, &bucket.owner);
    }
}

/// An account. It has no other display name than its uid.
pub(crate) fn owner(xml: &mut Xml, uid: &str) {
    xml.group("Owner", |owner| {
        owner.value("ID", uid).value("DisplayName", uid);
    });
}

/// A name as the client asked to see it.
fn name(xml: &mut Xml, element: &str, params: &Params, name: &str) {
    match params.encoding {
        Some(_) => xml.value(element, super::params::escape(name)),
        None => xml.value(element, Text(name)),
    };
}

//! A listing as XML. Elements stand in the order in which the service sends them (§8).

use gateway::xml::Xml;

use super::params::From;
use super::{Page, Params};
use crate::rows::{Bucket, Listed};
use crate::text::{Text, push_number};
use crate::{restores, time};

/// About how many bytes an object takes in a listing.
const ENTRY: usize = 384;

/// The `ListBucketResult` of either version, at a (virtual) time in milliseconds since 1970.
pub(crate) fn render(bucket: &Bucket, params: &Params, page: &Page<Listed>, now: i64) -> Xml {
    let mut xml = Xml::new();
    xml.group("ListBucketResult", |result| {
        echo(result, bucket, params);
        result.value("IsTruncated", page.next.is_some());
        if let Some(next) = &page.next {
            next_page(result, params, next);
        }
        let mut entries = Entries::of(bucket, params, now);
        result.raw(|text| {
            text.reserve(page.keys.len() * ENTRY);
            for (key, object) in &page.keys {
                entries.write(text, key, object);
            }
        });
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

/// What every entry of one listing has in common.
struct Entries<'a> {
    params: &'a Params,
    /// Virtual time in milliseconds since 1970.
    now: i64,
    /// The owner, where it is shown.
    owner: String,
    /// The second that was last written, and how: neighbours are often of one time.
    second: (i64, String),
}

impl<'a> Entries<'a> {
    fn of(bucket: &Bucket, params: &'a Params, now: i64) -> Self {
        let owners = match params.from {
            From::Marker(_) => true,
            From::Token { fetch_owner, .. } => fetch_owner,
        };
        let mut shown = String::new();
        if owners {
            let uid = &bucket.owner;
            shown = format!("<Owner><ID>{uid}</ID><DisplayName>{uid}</DisplayName></Owner>");
        }
        Self {
            params,
            now,
            owner: shown,
            second: (i64::MIN, String::new()),
        }
    }

    /// One object. Written by hand, because a listing has a thousand of them.
    fn write(&mut self, text: &mut String, key: &str, object: &Listed) {
        text.push_str("<Contents><Key>");
        match self.params.encoding {
            Some(_) => text.extend(super::params::escaped(key)),
            None => Text(key).push(text),
        }
        text.push_str("</Key><LastModified>");
        let second = object.modified.div_euclid(1000);
        if self.second.0 != second {
            self.second = (second, time::iso(time::from_millis(object.modified)));
        }
        text.push_str(&self.second.1);
        text.push_str("</LastModified><ETag>");
        object.etag.push_quoted(text);
        text.push_str("</ETag><Type>");
        text.push_str(object.kind.name());
        text.push_str("</Type><Size>");
        push_number(text, object.size);
        text.push_str("</Size><StorageClass>");
        text.push_str(object.storage_class.name());
        text.push_str("</StorageClass>");
        text.push_str(&self.owner);
        let told = object.archived.as_ref();
        if let Some(told) = told.and_then(|whole| restores::told(whole, self.now)) {
            text.push_str("<RestoreInfo>");
            Text(&told).push(text);
            text.push_str("</RestoreInfo>");
        }
        text.push_str("</Contents>");
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

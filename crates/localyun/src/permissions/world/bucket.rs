//! Buckets and objects of a declared world, made with signed requests of their owner.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::BodyExt;
use identity::FirstKey;
use serde_saphyr::Spanned;
use signature::{Payload, Plus, Query, Resource, Signable};

use super::{Maker, Source};
use crate::permissions::Slip;
use crate::permissions::file::{Account, Bucket, Object};

/// A request to a bucket.
struct Put<'a> {
    bucket: &'a str,
    key: Option<&'a str>,
    query: &'a str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl<'a> Put<'a> {
    fn bucket(bucket: &'a str) -> Self {
        Self {
            bucket,
            key: None,
            query: "",
            headers: Vec::new(),
            body: String::new(),
        }
    }
}

impl Maker<'_> {
    pub(super) async fn buckets(&mut self, uid: &str, account: &Account) -> Result<(), Slip> {
        for (name, bucket) in &account.buckets {
            self.bucket(uid, name, bucket).await?;
            for (key, object) in &bucket.value.objects {
                self.object(uid, name, (key, object)).await?;
            }
        }
        Ok(())
    }

    async fn bucket(
        &mut self,
        uid: &str,
        name: &str,
        bucket: &Spanned<Bucket>,
    ) -> Result<(), Slip> {
        let what = format!("bucket `{name}`");
        let acl = bucket
            .value
            .acl
            .iter()
            .map(|acl| ("x-oss-acl", acl.clone()));
        let put = Put {
            headers: acl.collect(),
            ..Put::bucket(name)
        };
        self.put(uid, put)
            .await
            .map_err(|why| slip(&what, bucket, &why))?;
        let Some(policy) = &bucket.value.policy else {
            return Ok(());
        };
        let put = Put {
            query: "policy",
            body: self.document(Source::Bucket(name.to_owned()), policy)?,
            ..Put::bucket(name)
        };
        let done = self.put(uid, put).await;
        done.map_err(|why| slip(&format!("policy of the {what}"), policy, &why))
    }

    async fn object(
        &self,
        uid: &str,
        bucket: &str,
        (key, object): (&str, &Spanned<Object>),
    ) -> Result<(), Slip> {
        let Object { acl, tags } = &object.value;
        let acl = acl.iter().map(|acl| ("x-oss-object-acl", acl.clone()));
        let pairs = tags
            .iter()
            .map(|(key, value)| format!("{}={}", encode(key, b""), encode(value, b"")));
        let tags = pairs.collect::<Vec<_>>().join("&");
        let tags = (!tags.is_empty()).then_some(("x-oss-tagging", tags));
        let put = Put {
            key: Some(key),
            headers: acl.chain(tags).collect(),
            ..Put::bucket(bucket)
        };
        let done = self.put(uid, put).await;
        done.map_err(|why| {
            slip(
                &format!("object `{key}` of the bucket `{bucket}`"),
                object,
                &why,
            )
        })
    }

    /// Sends it as the root of the account; a refusal comes back as a sentence.
    async fn put(&self, uid: &str, put: Put<'_>) -> Result<(), String> {
        let request = self.sign(uid, put)?;
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let response = self.cloud.call(request, here).await;
        if response.status().is_success() {
            return Ok(());
        }
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        let text = String::from_utf8_lossy(&body);
        Err(format!(
            "{}: {}",
            element(&text, "Code"),
            element(&text, "Message")
        ))
    }

    fn sign(&self, uid: &str, put: Put<'_>) -> Result<Request<Bytes>, String> {
        let wall = self.cloud.gateway.clock.wall();
        let date = wall.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let length = put.body.len().to_string();
        let fixed = [
            ("host", "localhost".to_owned()),
            ("date", date),
            ("content-length", length),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in fixed.into_iter().chain(put.headers) {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| format!("`{value}` cannot be sent as {name}"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let key = put.key.map(|key| encode(key, b"/")).unwrap_or_default();
        let path = format!("/{}/{key}", encode(put.bucket, b""));
        let query = Query::parse(put.query, Plus::Space).map_err(|error| error.to_string())?;
        let signable = Signable {
            method: "PUT",
            path: &path,
            query: &query,
            form: None,
            headers: &headers,
            resource: Some(Resource {
                bucket: Some(put.bucket),
                key: put.key,
            }),
            payload: Payload::Streamed,
        };
        let first = FirstKey::of_root(uid);
        let signature = signature::oss_v1::sign(&signable, &first.id, &first.secret);
        let signature = HeaderValue::from_str(&signature).map_err(|error| error.to_string())?;
        headers.insert(header::AUTHORIZATION, signature);
        let target = match put.query {
            "" => path,
            query => format!("{path}?{query}"),
        };
        let mut request = Request::new(Bytes::from(put.body));
        *request.method_mut() = Method::PUT;
        *request.uri_mut() = target
            .parse()
            .map_err(|_| format!("`{target}` is no target of a request"))?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

fn slip<T>(what: &str, written: &Spanned<T>, why: &str) -> Slip {
    Slip::new(
        written.referenced.into(),
        format!("the {what} is refused: {why}"),
    )
}

/// Percent-encoded but for letters, digits, `-_.~` and those `kept`.
fn encode(text: &str, kept: &[u8]) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b) || kept.contains(&b);
    let byte = |b: u8| match plain(b) {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The text of an element of an error.
fn element(xml: &str, name: &str) -> String {
    let after = xml.split_once(&format!("<{name}>")).map(|(_, after)| after);
    let text = after.and_then(|after| after.split_once(&format!("</{name}>")));
    let text = text.map_or(xml, |(text, _)| text);
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text.to_owned(), |text, (entity, of)| {
        text.replace(entity, of)
    })
}

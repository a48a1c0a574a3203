//! The bucket of the platform in each region, in which packages lie for a while: on their way out, behind signed URLs, and
//! on their way in, stored by whoever has a token for it. `gateway::Objects` says how long they stay.

use std::net::IpAddr;

use bytes::Bytes;
use gateway::host::Family;
use gateway::{Call, Fault, Head, Issued, Moment};
use http::HeaderMap;
use serde_json::json;
use signature::{Payload, Query, Resource, Signable, encode, oss_v1};

use crate::locate::Target;
use crate::{Fc, fault, ids};

/// How long a URL is good, in seconds. The real service does not say; its console's expire about as soon.
const URL_LIFE: u32 = 600;
/// How long a token is good, in seconds.
const TOKEN_LIFE: u32 = 3600;

/// What a token for an upload consists of.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) bucket: String,
    /// Where the package goes: the last part of a key that begins with the account's uid.
    pub(crate) object: String,
    pub(crate) credentials: Issued,
}

/// The name of the bucket of a region.
pub(crate) fn bucket(region: &str) -> String {
    format!("localyun-fc-{region}")
}

/// Whether an object is one that this account has stored with a token.
pub(crate) fn is_upload(target: &Target, bucket_name: &str, key: &str) -> bool {
    let own = key.strip_prefix(&*target.account);
    bucket_name == bucket(&target.region) && own.is_some_and(|rest| rest.starts_with('/'))
}

/// A URL from which a package can be fetched for a while by whoever has it. `name` tells it from all others of the
/// account; the same name gets the same bytes.
///
/// # Errors
///
/// `InvalidArgument` if an account has a bucket of the platform's name.
pub(crate) async fn offer(call: &Call<Fc>, name: &str, bytes: Bytes) -> Result<String, Fault> {
    let (fc, target, now) = (&call.service, &call.target, &call.now);
    let bucket = fc.temporary_bucket(&target.region, now).await?;
    let key = format!("code/{}/{name}.zip", target.account);
    fc.objects.store(&bucket, &key, bytes, now).await?;
    let policy = policy(&["oss:GetObject"], &bucket, &key);
    let issued = fc.directory.issue_own("code", &policy, URL_LIFE, now);
    let place = place(&call.head, target, &bucket, fc.port.get().copied());
    let query = signed(&bucket, &key, &issued.await?);
    let scheme = if call.head.secure { "https" } else { "http" };
    let path = encode::path(&key);
    Ok(format!("{scheme}://{place}/{path}?{}", query.raw()))
}

/// What an account needs to store a package.
///
/// # Errors
///
/// As [`offer`].
pub(crate) async fn upload(call: &Call<Fc>) -> Result<Upload, Fault> {
    let (fc, target, now) = (&call.service, &call.target, &call.now);
    let bucket = fc.temporary_bucket(&target.region, now).await?;
    let object = ids::uuid()?;
    // Clients put what they like between the two parts of the key, such as the name of a service.
    let below = format!("{}/*", target.account);
    let actions = ["oss:PutObject", "oss:AbortMultipartUpload", "oss:ListParts"];
    let policy = policy(&actions, &bucket, &below);
    let issued = fc.directory.issue_own("upload", &policy, TOKEN_LIFE, now);
    Ok(Upload {
        credentials: issued.await?,
        bucket,
        object,
    })
}

impl Fc {
    /// The bucket of a region, made if need be.
    async fn temporary_bucket(&self, region: &str, now: &Moment) -> Result<String, Fault> {
        let bucket = bucket(region);
        let made = self.objects.platform_bucket(region, &bucket, now).await;
        made.map_err(|refused| match refused.status().is_server_error() {
            true => refused,
            false => fault::bucket_taken(&bucket).because(refused),
        })?;
        Ok(bucket)
    }
}

/// A session policy for objects whose keys look like this.
fn policy(actions: &[&str], bucket: &str, key: &str) -> String {
    let resource = format!("acs:oss:*:*:{bucket}/{key}");
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    json!({"Version": "1", "Statement": [statement]}).to_string()
}

/// The query that lets everybody read an object for as long as the credentials are good.
fn signed(bucket: &str, key: &str, issued: &Issued) -> Query {
    let token = issued.security_token.expose();
    let mut query = Query::from_pairs([("security-token", token)]);
    let headers = HeaderMap::new();
    let request = Signable {
        method: "GET",
        path: "",
        query: &query,
        form: None,
        headers: &headers,
        resource: Some(Resource {
            bucket: Some(bucket),
            key: Some(key),
        }),
        payload: Payload::Streamed,
    };
    let (id, secret) = (&issued.access_key_id, &issued.access_key_secret);
    let signed = oss_v1::presign(&request, id, secret, issued.expiration.timestamp());
    for (name, value) in signed {
        query.push(name, &value);
    }
    query
}

/// The bucket below the name under which the client has found this server. `listens` is the server's port.
fn place(head: &Head, target: &Target, bucket: &str, listens: Option<u16>) -> String {
    let host = head.host.trim_start_matches("http://");
    let (name, port) = split(host);
    if head.endpoint.family == Family::Fc {
        return format!("{bucket}.oss-{}.aliyuncs.com{port}", target.region);
    }
    // @alicloud/fc2 leaves the port of its endpoint out. Whoever comes from this machine and calls it by an address has
    // found that port.
    let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
    let here = name == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match listens.filter(|_| port.is_empty() && here && head.peer.is_loopback()) {
        Some(listens) => format!("{name}:{listens}/{bucket}"),
        None => format!("{host}/{bucket}"),
    }
}

/// The name of a host, and `:<port>` if it says one.
fn split(host: &str) -> (&str, &str) {
    let end = host.rfind(']').map_or(0, |at| at + 1);
    let port = host[end..].rfind(':').map_or(host.len(), |at| end + at);
    host.split_at(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_split_at_their_port() {
        assert_eq!(split("127.0.0.1:80"), ("127.0.0.1", ":80"));
        assert_eq!(split("localhost"), ("localhost", ""));
        assert_eq!(split("[::1]:4577"), ("[::1]", ":4577"));
        assert_eq!(split("[::1]"), ("[::1]", ""));
        assert_eq!(split(""), ("", ""));
    }
}

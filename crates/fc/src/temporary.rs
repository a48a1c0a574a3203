//! The bucket of the platform in each region, in which packages lie for a while: on their way out, behind signed URLs, and
//! on their way in, stored by whoever has a token for it. `gateway::Objects` says how long they stay.

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
    Ok(url(&call.head, target, (&bucket, &key), &issued.await?))
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

/// The signed URL of an object, below the name under which the client has found this server.
fn url(head: &Head, target: &Target, (bucket, key): (&str, &str), issued: &Issued) -> String {
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
        query.push(name.to_owned(), value);
    }
    let place = match head.endpoint.family {
        Family::Fc => format!(
            "{bucket}.oss-{}.aliyuncs.com{}",
            target.region,
            port(&head.host)
        ),
        _ => format!("{}/{bucket}", head.host.trim_start_matches("http://")),
    };
    let scheme = if head.secure { "https" } else { "http" };
    format!("{scheme}://{place}/{}?{}", encode::path(key), query.raw())
}

/// `:<port>` of a host name, if it has one.
fn port(host: &str) -> &str {
    host.rfind(':').map_or("", |at| &host[at..])
}

//! Signed requests, one for every operation, sent to a cloud without a socket.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use gateway::{Clock, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt;
use localyun::{Answer, Asking, Cloud, Config};
use serde_json::Value;
use sha2::{Digest, Sha256};
use signature::{Payload, Plus, Query, Resource, Secret, Signable};

/// A key, with the token that goes with it.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: Secret,
    pub(crate) token: Option<String>,
}

impl Key {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: Secret::new(secret),
            token: None,
        }
    }

    /// A key of a user or of a session, as an answer tells it.
    pub(crate) fn told(answer: &Value) -> Self {
        let field = |name: &str| answer[name].as_str();
        let must = |name| field(name).expect("the answer tells a key");
        Self {
            token: field("SecurityToken").map(str::to_owned),
            ..Self::new(must("AccessKeyId"), must("AccessKeySecret"))
        }
    }

    /// The default key.
    pub(crate) fn administrator() -> Self {
        Self::new("localyun", "localyun")
    }

    /// The account's own.
    pub(crate) fn root() -> Self {
        Self::new("localyun.root", "localyun.root")
    }
}

/// An OSS request before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct OssRequest {
    pub(crate) method: &'static str,
    pub(crate) bucket: &'static str,
    pub(crate) key: &'static str,
    pub(crate) query: &'static str,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
}

/// A cloud of one test's own.
pub(crate) struct TestCloud {
    cloud: Arc<Cloud>,
}

impl TestCloud {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        Self::made(config, Clock::system()).await
    }

    /// A cloud whose time stands still.
    pub(crate) async fn at(time: &str) -> Self {
        let time = time.parse().expect("a time");
        Self::made(Config::default(), Clock::fixed(time)).await
    }

    async fn made(config: Config, clock: Clock) -> Self {
        let cloud = Cloud::new(config, clock).await;
        Self {
            cloud: cloud.expect("a cloud can be made"),
        }
    }

    /// Remembers what is stored.
    pub(crate) fn save_snapshot(&self, name: &str) {
        let saved = self.cloud.store.save_snapshot(name);
        saved.expect("memory takes snapshots");
    }

    /// Puts back what was stored.
    pub(crate) async fn restore_snapshot(&self, name: &str) {
        let restored = self.cloud.restore_snapshot(name).await;
        assert!(restored.expect("memory takes snapshots"), "no {name}");
    }

    /// Everything that is stored.
    pub(crate) async fn rows(&self) -> BTreeMap<Bytes, Bytes> {
        let view = self.cloud.store.meta.view().await.expect("a view");
        let rows = view.cursor(b"").take(usize::MAX).await;
        let rows = rows.expect("the rows");
        rows.into_iter().map(|row| (row.key, row.value)).collect()
    }

    /// The keys of the rows that the newest commit wrote.
    pub(crate) async fn newest(&self) -> Vec<Bytes> {
        let view = self.cloud.store.meta.view().await.expect("a view");
        let rows = view.cursor(b"").take(usize::MAX).await;
        let rows = rows.expect("the rows");
        let newest = rows.iter().map(|row| row.version).max();
        let written = rows.into_iter().filter(|row| Some(row.version) == newest);
        written.map(|row| row.key).collect()
    }

    /// Tells the keys of an issuer of tokens.
    pub(crate) async fn tell_keys(&self, issuer: &str, keys: &str) {
        let told = self.cloud.identity.put_issuer_keys(issuer, keys).await;
        told.expect("the keys are a key set");
    }

    /// What the simulator answers.
    pub(crate) async fn simulate(&self, asking: &Asking) -> Answer {
        let answer = self.cloud.simulate(asking).await;
        answer.unwrap_or_else(|wrong| panic!("{asking:?}: {wrong}"))
    }

    /// What is told of the latest request.
    pub(crate) async fn latest_report(&self) -> gateway::Report {
        let latest = self.cloud.gateway.records.latest(1);
        self.cloud.report(&latest[0]).await
    }

    /// Cleans up after deleted layers, as the server does from time to time.
    pub(crate) async fn collect_layers(&self) {
        let collected = self.cloud.fc.collect_layers().await;
        collected.expect("a store in memory does not fail");
    }

    /// Deletes what the buckets of the platform have kept for long enough, as the server does from time to time.
    pub(crate) async fn expire(&self, later: chrono::TimeDelta) {
        let now = self.cloud.gateway.clock.now().virtual_;
        let expired = self.cloud.oss.expire(now + later).await;
        expired.expect("a store in memory does not fail");
    }

    async fn send(&self, request: Request<Bytes>) -> Response {
        self.cloud
            .call(request, IpAddr::V4(Ipv4Addr::LOCALHOST))
            .await
    }

    /// Puts a bucket policy.
    pub(crate) async fn put_policy(
        &self,
        bucket: &'static str,
        text: String,
        key: &Key,
    ) -> Response {
        let request = OssRequest {
            method: "PUT",
            bucket,
            key: "",
            query: "policy",
            headers: &[],
            body: "",
        };
        self.oss_with(&request, text, Some(key)).await
    }

    /// Sends an OSS request, signed with V1 if there is a key.
    pub(crate) async fn oss(&self, request: &OssRequest, key: Option<&Key>) -> Response {
        self.oss_with(request, request.body.to_owned(), key).await
    }

    async fn oss_with(&self, request: &OssRequest, body: String, key: Option<&Key>) -> Response {
        let mut headers = HeaderMap::new();
        let date = self
            .cloud
            .gateway
            .clock
            .wall()
            .format("%a, %d %b %Y %H:%M:%S GMT")
            .to_string();
        insert(&mut headers, "host", "127.0.0.1:4577");
        insert(&mut headers, "date", &date);
        for (name, value) in request.headers {
            insert(&mut headers, name, value);
        }
        insert(&mut headers, "content-length", &body.len().to_string());
        if let Some(token) = key.and_then(|k| k.token.as_deref()) {
            insert(&mut headers, "x-oss-security-token", token);
        }
        let path = format!("/{}/{}", request.bucket, request.key);
        let path = if request.bucket.is_empty() {
            "/".to_owned()
        } else {
            path
        };
        if let Some(key) = key {
            let query = Query::parse(request.query, Plus::Space).expect("a good query");
            let signable = Signable {
                method: request.method,
                path: &path,
                query: &query,
                form: None,
                headers: &headers,
                resource: Some(Resource {
                    bucket: Some(request.bucket).filter(|b| !b.is_empty()),
                    key: Some(request.key).filter(|k| !k.is_empty()),
                }),
                payload: Payload::Streamed,
            };
            let signature = signature::oss_v1::sign(&signable, &key.id, &key.secret);
            insert(&mut headers, "authorization", &signature);
        }
        self.send(build(
            request.method,
            &target(&path, request.query),
            headers,
            body,
        ))
        .await
    }

    /// Sends PostObject's form to a bucket, signed with V1 if there is a key.
    pub(crate) async fn form(&self, bucket: &str, object: &str, key: Option<&Key>) -> Response {
        let mut fields = vec![("key", object.to_owned())];
        if let Some(key) = key {
            // {"expiration":"9999-01-01T00:00:00Z","conditions":[]}
            let policy = "eyJleHBpcmF0aW9uIjoiOTk5OS0wMS0wMVQwMDowMDowMFoiLCJjb25kaXRpb25zIjpbXX0=";
            let signature = signature::oss_post::sign_v1(policy, &key.secret);
            fields.push(("OSSAccessKeyId", key.id.clone()));
            fields.push(("policy", policy.to_owned()));
            fields.push(("Signature", signature));
            let token = key.token.clone();
            fields.extend(token.map(|token| ("x-oss-security-token", token)));
        }
        fields.push(("file", "x".to_owned()));
        let part = |(name, value): &(&str, String)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = fields.iter().map(part).collect::<String>() + "--b--\r\n";
        let mut headers = HeaderMap::new();
        insert(&mut headers, "host", "127.0.0.1:4577");
        insert(&mut headers, "content-length", &body.len().to_string());
        insert(
            &mut headers,
            "content-type",
            "multipart/form-data; boundary=b",
        );
        self.send(build("POST", &format!("/{bucket}/"), headers, body))
            .await
    }

    /// Sends an RPC call, signed with V1 if there is a key.
    pub(crate) async fn rpc(
        &self,
        version: &str,
        action: &str,
        params: &[(&str, &str)],
        key: Option<&Key>,
    ) -> Response {
        let timestamp = self
            .cloud
            .gateway
            .clock
            .wall()
            .format("%Y-%m-%dT%H:%M:%SZ")
            .to_string();
        let nonce = getrandom::u64().expect("random bits").to_string();
        let mut all = vec![("Action", action), ("Version", version), ("Format", "JSON")];
        all.extend([
            ("Timestamp", timestamp.as_str()),
            ("SignatureNonce", nonce.as_str()),
        ]);
        all.extend(params);
        if let Some(key) = key {
            all.extend([
                ("AccessKeyId", key.id.as_str()),
                ("SignatureMethod", "HMAC-SHA1"),
                ("SignatureVersion", "1.0"),
            ]);
            all.extend(key.token.as_deref().map(|token| ("SecurityToken", token)));
        }
        let mut text = encode(&all);
        let mut headers = HeaderMap::new();
        insert(&mut headers, "host", "127.0.0.1:4577");
        if let Some(key) = key {
            let query = Query::parse(&text, Plus::Space).expect("a good query");
            let signable = Signable {
                method: "GET",
                path: "/",
                query: &query,
                form: None,
                headers: &headers,
                resource: None,
                payload: Payload::Bytes(b""),
            };
            let signature = signature::rpc_v1::sign(&signable, &key.secret);
            text.push('&');
            text.push_str(&encode(&[("Signature", &signature)]));
        }
        self.send(build("GET", &target("/", &text), headers, ""))
            .await
    }

    /// Sends a request to Function Compute, signed with ACS3 if there is a key.
    pub(crate) async fn fc(
        &self,
        method: &str,
        path: &str,
        body: &'static str,
        key: Option<&Key>,
    ) -> Response {
        let wall = self.cloud.gateway.clock.wall();
        let date = wall.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let nonce = getrandom::u64().expect("random bits").to_string();
        let mut headers = HeaderMap::new();
        insert(&mut headers, "host", "fcv3.cn-hangzhou.aliyuncs.com");
        insert(&mut headers, "content-type", "application/json");
        insert(&mut headers, "x-acs-date", &date);
        insert(&mut headers, "x-acs-signature-nonce", &nonce);
        let digest = Sha256::digest(body.as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        insert(&mut headers, "x-acs-content-sha256", &digest);
        if let Some(token) = key.and_then(|k| k.token.as_deref()) {
            insert(&mut headers, "x-acs-security-token", token);
        }
        if let Some(key) = key {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let query = Query::parse(query, Plus::Space).expect("a query");
            let signable = Signable {
                method,
                path,
                query: &query,
                form: None,
                headers: &headers,
                resource: None,
                payload: Payload::Streamed,
            };
            let names: Vec<&str> = headers.keys().map(|name| name.as_str()).collect();
            let signature = signature::acs3::sign(&signable, &key.id, &key.secret, &names);
            insert(&mut headers, "authorization", &signature);
        }
        self.send(build(method, path, headers, body)).await
    }

    /// An RPC call that must succeed, as the administrator.
    pub(crate) async fn must(&self, version: &str, action: &str, params: &[(&str, &str)]) -> Value {
        self.must_as(version, action, params, &Key::administrator())
            .await
    }

    /// An RPC call that must succeed.
    pub(crate) async fn must_as(
        &self,
        version: &str,
        action: &str,
        params: &[(&str, &str)],
        key: &Key,
    ) -> Value {
        let response = self.rpc(version, action, params, Some(key)).await;
        let status = response.status();
        let body = text(response).await;
        assert!(status.is_success(), "{action}: {status} {body}");
        serde_json::from_str(&body).expect("an answer is JSON")
    }
}

/// The text of a response.
pub(crate) async fn text(response: Response) -> String {
    let whole = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    String::from_utf8_lossy(&whole).into_owned()
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
    headers.insert(name, HeaderValue::from_str(value).expect("a header value"));
}

fn target(path: &str, query: &str) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{query}")
}

fn build(method: &str, target: &str, headers: HeaderMap, body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::new(body.into());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
    *request.uri_mut() = target.parse().expect("a target");
    *request.headers_mut() = headers;
    request
}

fn encode(pairs: &[(&str, &str)]) -> String {
    let component = |text: &str| -> String {
        let byte = |b: u8| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(b).to_string()
            }
            _ => format!("%{b:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let pair = |(name, value): &(&str, &str)| format!("{}={}", component(name), component(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

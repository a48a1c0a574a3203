//! A small cloud with a fixed clock: the service over a store in memory, and a directory of keys that never change.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use gateway::directory::IssueRequest;
use gateway::{
    AuthMode, Body, Caller, Clock, Credential, CredentialError, Diagnosis, Directory, Fault,
    Gateway, Head, Issued, Moment, Policies, ResponseBody, Session,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use oss::Oss;
use policy::{Attached, Document, Grammar, PolicyType, Principal};
use signature::{Payload, Resource, Secret, Signable, oss_v1, oss_v4};
use store::Store;

/// The root of the account that owns the buckets.
pub(crate) const OWNER: &str = "owner";
/// The root of another account.
pub(crate) const STRANGER: &str = "stranger";
/// A RAM user of the owner's account.
pub(crate) const USER: &str = "user";
/// A session of a role of the owner's account; its token is `token`.
pub(crate) const SESSION: &str = "STS.session";

/// A RAM user of the other account.
pub(crate) const GUEST: &str = "guest";
/// A session of a role of the other account; its token is `token`.
pub(crate) const GUEST_SESSION: &str = "STS.guest";

/// The uid of the other account.
pub(crate) const OTHER_UID: &str = "6543210987654321";

pub(crate) const UID: &str = "1234567890123456";
pub(crate) const HOST: &str = "my-bucket.oss-cn-hangzhou.aliyuncs.com";

/// What the user, the role and the session may do.
#[derive(Debug, Default)]
struct Directed {
    identity: Mutex<Option<Attached>>,
    session: Mutex<Option<Attached>>,
}

fn attached(policy: &str, grammar: Grammar, policy_type: PolicyType) -> Attached {
    let document = Document::parse(policy, grammar).expect("a policy");
    Attached::new("test", policy_type, document)
}

impl Directed {
    fn caller(&self, key: &str) -> Option<Caller> {
        let (principal, session) = match key {
            OWNER => return Some(Caller::root(UID, key)),
            STRANGER => return Some(Caller::root(OTHER_UID, key)),
            USER => {
                let user = Principal::User {
                    account: UID.into(),
                    id: "200000000000000001".into(),
                    name: "alice".into(),
                };
                (user, None)
            }
            GUEST => {
                let user = Principal::User {
                    account: OTHER_UID.into(),
                    id: "200000000000000002".into(),
                    name: "bob".into(),
                };
                (user, None)
            }
            GUEST_SESSION => {
                let principal = Principal::Session {
                    account: OTHER_UID.into(),
                    role_id: "300000000000000002".into(),
                    role_name: "reader".into(),
                    session_name: "s-2".into(),
                };
                let session = Session {
                    policy: None,
                    source_identity: None,
                    expires: DateTime::<Utc>::MAX_UTC,
                    chain: Vec::new(),
                };
                (principal, Some(Arc::new(session)))
            }
            SESSION => {
                let principal = Principal::Session {
                    account: UID.into(),
                    role_id: "300000000000000001".into(),
                    role_name: "writer".into(),
                    session_name: "s-1".into(),
                };
                let session = Session {
                    policy: self.session.lock().unwrap().clone(),
                    source_identity: None,
                    expires: DateTime::<Utc>::MAX_UTC,
                    chain: Vec::new(),
                };
                (principal, Some(Arc::new(session)))
            }
            _ => return None,
        };
        Some(Caller {
            principal,
            access_key_id: Some(key.into()),
            session,
        })
    }
}

#[async_trait]
impl Directory for Directed {
    async fn credential(
        &self,
        key: &str,
        token: Option<&str>,
        _now: &Moment,
    ) -> Result<Credential, CredentialError> {
        let session = key.starts_with("STS.");
        if key == "inactive" {
            return Err(CredentialError::Inactive);
        }
        let caller = self
            .caller(key)
            .ok_or(CredentialError::Unknown { session })?;
        match token {
            None if session => Err(CredentialError::TokenMissing),
            Some("forged") => Err(CredentialError::TokenInvalid),
            Some("of another") => Err(CredentialError::TokenMismatch),
            Some("old") => Err(CredentialError::TokenExpired),
            _ => Ok(Credential {
                secret: Secret::new("secret"),
                caller: Arc::new(caller),
                permanent: None,
            }),
        }
    }

    async fn policies(&self, caller: &Caller) -> Result<Arc<Policies>, Fault> {
        let mut policies = Policies::default();
        if !matches!(
            caller.principal,
            Principal::Account { .. } | Principal::Anonymous
        ) {
            policies
                .account
                .extend(self.identity.lock().unwrap().clone());
        }
        Ok(Arc::new(policies))
    }

    async fn seal(&self, diagnosis: &Diagnosis) -> Result<String, Fault> {
        Ok(format!("sealed:{}", diagnosis.action))
    }

    fn stand_in(&self) -> Caller {
        Caller::root("1234567890123456", "root")
    }

    async fn issue(&self, _request: IssueRequest<'_>, _now: &Moment) -> Result<Issued, Fault> {
        Err(Fault::internal("nothing is issued here"))
    }

    async fn issue_own(
        &self,
        _name: &str,
        _policy: &str,
        _seconds: u32,
        _now: &Moment,
    ) -> Result<Issued, Fault> {
        unimplemented!("services ask for these")
    }
}

/// The service and its gateway.
#[derive(Debug, Clone)]
pub(crate) struct Cloud {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) oss: Arc<Oss>,
    pub(crate) store: Store,
    directory: Arc<Directed>,
}

/// How a request is signed.
#[derive(Debug, Clone)]
enum Signed {
    No,
    V1(&'static str),
    V4 {
        key: &'static str,
        region: &'static str,
    },
}

/// A request being written. It is signed when it is sent.
#[derive(Debug)]
pub(crate) struct Ask {
    cloud: Cloud,
    method: &'static str,
    host: String,
    target: String,
    headers: HeaderMap,
    body: Option<Body>,
    signed: Signed,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Cloud {
    /// With `my-bucket` in `cn-hangzhou`.
    pub(crate) async fn new() -> Self {
        Self::over(Store::memory()).await
    }

    /// The same over a store of the test's own.
    pub(crate) async fn over(store: Store) -> Self {
        let at: DateTime<Utc> = "2026-01-15T02:03:04.567Z".parse().unwrap();
        let directory = Arc::new(Directed::default());
        let clock = Clock::fixed(at);
        let cloud = Self {
            gateway: Arc::new(Gateway::new(directory.clone(), clock, AuthMode::Enforce)),
            oss: Arc::new(Oss::new(store.clone())),
            store,
            directory,
        };
        cloud.make("my-bucket", "cn-hangzhou").await;
        cloud
    }

    pub(crate) async fn make(&self, bucket: &str, region: &str) {
        let now = self.gateway.clock.now().virtual_;
        self.oss
            .make_bucket(bucket, region, UID, now)
            .await
            .unwrap();
    }

    /// Gives user and role this policy, as statements.
    pub(crate) fn allow(&self, statements: &str) {
        let policy = format!(r#"{{"Version":"1","Statement":[{statements}]}}"#);
        let policy = attached(&policy, Grammar::Identity, PolicyType::Custom);
        *self.directory.identity.lock().unwrap() = Some(policy);
    }

    /// Gives `my-bucket` this policy, as statements.
    pub(crate) async fn guard(&self, statements: &str) {
        let policy = format!(r#"{{"Version":"1","Statement":[{statements}]}}"#);
        let put = self.ask("PUT", "/?policy").body(policy).send().await;
        put.expect(200);
    }

    /// Gives the session this policy, as statements.
    pub(crate) fn limit_session(&self, statements: &str) {
        let policy = format!(r#"{{"Version":"1","Statement":[{statements}]}}"#);
        let policy = attached(&policy, Grammar::Session, PolicyType::Session);
        *self.directory.session.lock().unwrap() = Some(policy);
    }

    /// A request of the owner's to `my-bucket`.
    pub(crate) fn ask(&self, method: &'static str, target: &str) -> Ask {
        Ask {
            cloud: self.clone(),
            method,
            host: HOST.to_owned(),
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: None,
            signed: Signed::V1(OWNER),
        }
    }

    /// Stores an object of the owner's.
    pub(crate) async fn store(&self, target: &str, body: &str) -> Answer {
        self.ask("PUT", target)
            .body(body.to_owned())
            .send()
            .await
            .expect(200)
    }

    /// How many rows begin with `prefix`.
    pub(crate) async fn rows(&self, prefix: &str) -> usize {
        let view = self.store.meta.view().await.unwrap();
        let rows = view.cursor(prefix.as_bytes()).take(usize::MAX).await;
        rows.unwrap().len()
    }
}

impl Cloud {
    /// Waits until nothing is left of any object: what is not swept is being cleaned up.
    pub(crate) async fn emptied(&self) {
        for prefix in [
            "oss/trash/",
            "oss/layout/",
            "oss/piece/",
            "oss/part/",
            "blob/",
            "loose/",
            "tombstone/",
        ] {
            while self.rows(prefix).await > 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(self.rows("oss/body/").await, 0);
        assert_eq!(self.rows("pending/").await, 0);
    }
}

impl Ask {
    pub(crate) fn by(mut self, key: &'static str) -> Self {
        self.signed = Signed::V1(key);
        self
    }

    pub(crate) fn by_nobody(mut self) -> Self {
        self.signed = Signed::No;
        self
    }

    /// Signed with V4 for a region.
    pub(crate) fn v4(mut self, key: &'static str, region: &'static str) -> Self {
        self.signed = Signed::V4 { key, region };
        self
    }

    pub(crate) fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub(crate) fn header(self, name: &'static str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// A header that need not be text.
    pub(crate) fn header_bytes(mut self, name: &'static str, value: &[u8]) -> Self {
        let value = HeaderValue::from_bytes(value).unwrap();
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    /// With `Content-Length`.
    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let length = HeaderValue::from(body.len());
        self.headers.insert("content-length", length);
        self.body = Some(Body::from_bytes(body));
        self
    }

    /// In pieces, without a length unless the headers have one.
    pub(crate) fn stream(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }

    /// The answer as it begins, its body still to be read.
    pub(crate) async fn open(mut self) -> gateway::Response {
        let head = self.head();
        let body = self.body.take().unwrap_or_else(|| Body::from_bytes(""));
        let cloud = self.cloud;
        gateway::serve(&cloud.gateway, &cloud.oss, head, body, None).await
    }

    pub(crate) async fn send(self) -> Answer {
        let (parts, body) = self.open().await.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: read(body).await,
        }
    }

    pub(crate) fn head(&self) -> Head {
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).unwrap();
        *request.uri_mut() = self.target.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        let headers = request.headers_mut();
        headers.insert("host", self.host.parse().unwrap());
        let wall = self.cloud.gateway.clock.wall();
        if !headers.contains_key("date") && !headers.contains_key("x-oss-date") {
            let date = match self.signed {
                Signed::V4 { .. } => ("x-oss-date", wall.format("%Y%m%dT%H%M%SZ").to_string()),
                _ => ("date", wall.to_rfc2822().replace("+0000", "GMT")),
            };
            headers.insert(date.0, date.1.parse().unwrap());
        }
        let mut head = Head::new(request.into_parts().0, [127, 0, 0, 1].into(), false, &[]);
        if let Some(value) = self.authorization(&head) {
            head.headers.insert("authorization", value.parse().unwrap());
        }
        head
    }

    fn authorization(&self, head: &Head) -> Option<String> {
        let (bucket, key) = split(head);
        let signable = Signable {
            method: self.method,
            path: &head.path,
            query: &head.query,
            form: None,
            headers: &head.headers,
            resource: Some(Resource {
                bucket: bucket.as_deref(),
                key: key.as_deref(),
            }),
            payload: Payload::Streamed,
        };
        let secret = Secret::new("secret");
        match self.signed {
            Signed::No => None,
            Signed::V1(key) => Some(oss_v1::sign(&signable, key, &secret)),
            Signed::V4 { key, region } => {
                let date = self.cloud.gateway.clock.wall().format("%Y%m%d").to_string();
                let scope = signature::Scope {
                    date,
                    region: region.to_owned(),
                    product: "oss".to_owned(),
                };
                let derived = oss_v4::SigningKey::derive(&secret, scope);
                Some(oss_v4::sign(&signable, key, &derived, &[]))
            }
        }
    }
}

/// Bucket and key as a client knows them.
fn split(head: &Head) -> (Option<String>, Option<String>) {
    let filled = |text: String| (!text.is_empty()).then_some(text);
    let path = head.path.trim_start_matches('/');
    let decode = |text: &str| {
        let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        filled(text.into_owned())
    };
    match &head.endpoint.bucket {
        Some(bucket) => (Some(bucket.clone()), decode(path)),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (decode(bucket), decode(key))
        }
    }
}

pub(crate) async fn read(body: ResponseBody) -> Vec<u8> {
    match body {
        ResponseBody::Empty => Vec::new(),
        ResponseBody::Whole(bytes) => bytes.into(),
        ResponseBody::Chunks(chunks) => chunks.into_iter().flat_map(Bytes::into_iter).collect(),
        ResponseBody::File(mut content) => {
            let mut whole = Vec::new();
            while let Some(piece) = content.next_frame().unwrap() {
                whole.extend_from_slice(&piece);
            }
            whole
        }
        ResponseBody::Stream { mut stream, .. } => {
            let mut whole = Vec::new();
            while let Some(piece) = stream.next().await {
                whole.extend_from_slice(&piece.unwrap());
            }
            whole
        }
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.document()).into_owned()
    }

    /// The body, or the error document that stands in for it in the answer to a HEAD.
    fn document(&self) -> Vec<u8> {
        use base64::Engine;
        match self.headers.get("x-oss-err") {
            Some(err) => base64::engine::general_purpose::STANDARD
                .decode(err)
                .unwrap(),
            None => self.body.clone(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("-", |v| v.to_str().unwrap())
    }

    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> String {
        let text = self.text();
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let inside = text
            .split_once(&open)
            .and_then(|(_, rest)| rest.split_once(&close));
        inside.map_or("-", |(inside, _)| inside).to_owned()
    }

    /// Status, code and EC of an error. The EC is the same in header and document.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        assert_eq!(self.header("x-oss-ec"), self.element("EC"));
        (self.status, self.element("Code"), self.element("EC"))
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, ec: &str) {
        let expected = (status, code.to_owned(), ec.to_owned());
        assert_eq!(self.refusal(), expected, "{}", self.text());
    }
}

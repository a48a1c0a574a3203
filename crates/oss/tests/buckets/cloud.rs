//! A small cloud: the service over a store in memory or on disk, and three callers that always exist.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use gateway::directory::IssueRequest;
use gateway::{
    AuthMode, Body, Caller, Clock, Credential, CredentialError, Diagnosis, Directory, Fault,
    Gateway, Head, Issued, Moment, Policies, ResponseBody,
};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::BodyExt;
use oss::Oss;
use policy::{Attached, Document, Grammar, PolicyType, Principal};
use signature::{Payload, Resource, Secret, Signable, oss_v1};
use store::{Batch, Error, LEASE, Meta, RESERVED, Row, Store, Swept, View};
use tempfile::TempDir;

/// The root of the account that owns the buckets.
pub(crate) const OWNER: &str = "owner";
/// The root of another account.
pub(crate) const STRANGER: &str = "stranger";
/// A RAM user of the owner's account, with the policy that the cloud was made with.
pub(crate) const USER: &str = "user";
/// No signature.
pub(crate) const NOBODY: &str = "";

/// The uid of the owner's account.
pub(crate) const UID: &str = "1234567890123456";

#[derive(Debug)]
struct Fixed {
    policy: Attached,
}

#[async_trait]
impl Directory for Fixed {
    async fn credential(
        &self,
        access_key_id: &str,
        _token: Option<&str>,
        _now: &Moment,
    ) -> Result<Credential, CredentialError> {
        let caller = match access_key_id {
            OWNER => Caller::root(UID, OWNER),
            STRANGER => Caller::root("6543210987654321", STRANGER),
            USER => Caller {
                principal: Principal::User {
                    account: UID.into(),
                    id: "200000000000000001".into(),
                    name: "user".into(),
                },
                access_key_id: Some(USER.into()),
                session: None,
            },
            _ => return Err(CredentialError::Unknown { session: false }),
        };
        let secret = Secret::new("secret");
        Ok(Credential {
            secret,
            caller: Arc::new(caller),
            permanent: None,
        })
    }

    async fn policies(&self, caller: &Caller) -> Result<Arc<Policies>, Fault> {
        let mut policies = Policies::default();
        if caller.access_key_id.as_deref() == Some(USER) {
            policies.account.push(self.policy.clone());
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

/// A store that lets other tasks go first, more or less often, before and after whatever it does. Without it a
/// request would run from start to end, and races would hardly ever meet.
#[derive(Debug)]
struct Shaken {
    meta: Arc<dyn Meta>,
    count: AtomicU64,
}

impl Shaken {
    async fn shake(&self) {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let noise = (count + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
        for _ in 0..noise {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Meta for Shaken {
    async fn view(&self) -> Result<View, Error> {
        self.shake().await;
        let view = self.meta.view().await;
        self.shake().await;
        view
    }

    async fn get(&self, key: &[u8]) -> Result<Option<Row>, Error> {
        self.shake().await;
        let row = self.meta.get(key).await;
        self.shake().await;
        row
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        self.shake().await;
        let number = self.meta.commit(batch).await;
        self.shake().await;
        number
    }
}

/// The service and its gateway. Clones are the same cloud.
#[derive(Debug, Clone)]
pub(crate) struct Cloud {
    gateway: Arc<Gateway>,
    oss: Arc<Oss>,
    store: Store,
    /// Where the store is, if it is on disk.
    _folder: Option<Arc<TempDir>>,
}

/// One request, by default to `cn-hangzhou`.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) caller: &'a str,
    pub(crate) method: &'a str,
    /// Bucket, or nothing for the service.
    pub(crate) bucket: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: &'a str,
    pub(crate) region: &'a str,
}

/// A request of the owner's.
pub(crate) fn ask<'a>(method: &'a str, bucket: &'a str, target: &'a str) -> Ask<'a> {
    Ask {
        caller: OWNER,
        method,
        bucket,
        target,
        headers: &[],
        body: "",
        region: "cn-hangzhou",
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The text of the first element of this name.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts(name).first().copied().unwrap_or("-")
    }

    /// The texts of all elements of this name.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let pieces = self.body.split(open.as_str()).skip(1);
        pieces
            .map(|piece| piece.split_once(&close).expect("it is closed").0)
            .collect()
    }

    /// Status, code and EC of a refusal.
    pub(crate) fn refusal(&self) -> (u16, &str, &str) {
        (self.status, self.text("Code"), self.text("EC"))
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Cloud {
    /// A cloud whose user may do nothing here.
    pub(crate) fn new() -> Self {
        let policy =
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"fc:*","Resource":"*"}]}"#;
        Self::with_policy(policy)
    }

    /// A cloud whose requests meet each other.
    pub(crate) fn shaken() -> Self {
        let mut store = Store::memory();
        store.meta = Arc::new(Shaken {
            meta: store.meta.clone(),
            count: AtomicU64::default(),
        });
        Self::new().over(store)
    }

    /// A cloud that keeps everything on disk, for as long as it lives.
    pub(crate) fn on_disk() -> Self {
        let folder = TempDir::new().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        Self {
            _folder: Some(Arc::new(folder)),
            ..Self::new().over(store)
        }
    }

    fn over(self, store: Store) -> Self {
        Self {
            oss: Arc::new(Oss::new(store.clone())),
            store,
            ..self
        }
    }

    /// A cloud whose user has this policy.
    pub(crate) fn with_policy(policy: &str) -> Self {
        let document = Document::parse(policy, Grammar::Identity).expect("a policy");
        let policy = Attached::new("test", PolicyType::Custom, document);
        let at: DateTime<Utc> = "2026-01-15T02:03:04.567Z".parse().expect("a time");
        let directory = Arc::new(Fixed { policy });
        let gateway = Gateway::new(directory, Clock::fixed(at), AuthMode::Enforce);
        let store = Store::memory();
        Self {
            gateway: Arc::new(gateway),
            oss: Arc::new(Oss::new(store.clone())),
            store,
            _folder: None,
        }
    }

    pub(crate) async fn send(&self, ask: &Ask<'_>) -> Answer {
        let head = self.signed(ask);
        let body = Body::from_bytes(ask.body.to_owned());
        let response = gateway::serve(&self.gateway, &self.oss, head, body, None).await;
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: text(body).await,
        }
    }

    /// Sends and expects success.
    pub(crate) async fn ok(&self, method: &str, bucket: &str, target: &str) -> Answer {
        let answer = self.send(&ask(method, bucket, target)).await;
        assert!(answer.status < 300, "{method} {target}: {}", answer.body);
        answer
    }

    /// How many rows begin with `prefix`.
    pub(crate) async fn rows(&self, prefix: &str) -> usize {
        let view = self.store.meta.view().await.expect("a view");
        let rows = view.cursor(prefix.as_bytes()).take(usize::MAX).await;
        rows.expect("rows").len()
    }

    /// Sweeps when every lease is over, until no row is left that is about a blob.
    pub(crate) async fn has_no_blobs(&self) {
        let later = self.gateway.clock.wall() + LEASE * 2;
        let swept = async {
            // What was deleted last may still be on its way out.
            while self.left_by(later).await > 0 {
                tokio::task::yield_now().await;
            }
        };
        let swept = tokio::time::timeout(Duration::from_secs(60), swept);
        swept.await.expect("no rows about blobs are left");
    }

    /// How many rows about blobs a sweep leaves.
    async fn left_by(&self, later: DateTime<Utc>) -> usize {
        self.oss.sweep().await.expect("a sweep");
        while self.store.sweep(later).await.expect("a sweep") != Swept::default() {}
        let mut left = 0;
        for area in RESERVED {
            left += self.rows(area).await;
        }
        left
    }

    fn signed(&self, ask: &Ask<'_>) -> Head {
        let dot = if ask.bucket.is_empty() { "" } else { "." };
        let host = format!("{}{dot}oss-{}.aliyuncs.com", ask.bucket, ask.region);
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(ask.method.as_bytes()).expect("a method");
        *request.uri_mut() = ask.target.parse().expect("a target");
        let headers = request.headers_mut();
        let date = self
            .gateway
            .clock
            .wall()
            .to_rfc2822()
            .replace("+0000", "GMT");
        let length = ask.body.len().to_string();
        let always = [
            ("host", host.as_str()),
            ("date", &date),
            ("content-length", &length),
        ];
        for (name, value) in always.iter().chain(ask.headers) {
            headers.insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        let mut head = Head::new(request.into_parts().0, [127, 0, 0, 1].into(), false, &[]);
        if ask.caller != NOBODY {
            let value = authorization(ask, &head);
            head.headers.insert("authorization", value);
        }
        head
    }
}

fn authorization(ask: &Ask<'_>, head: &Head) -> HeaderValue {
    let key = head.path.trim_start_matches('/').to_owned();
    let key = percent_encoding::percent_decode_str(&key).decode_utf8_lossy();
    let resource = Resource {
        bucket: Some(ask.bucket).filter(|bucket| !bucket.is_empty()),
        key: Some(&*key).filter(|key| !key.is_empty()),
    };
    let signable = Signable {
        method: ask.method,
        path: &head.path,
        query: &head.query,
        form: None,
        headers: &head.headers,
        resource: Some(resource),
        payload: Payload::Streamed,
    };
    let value = oss_v1::sign(&signable, ask.caller, &Secret::new("secret"));
    HeaderValue::from_str(&value).expect("a value")
}

async fn text(body: ResponseBody) -> String {
    let whole = body.collect().await.expect("the bytes come");
    String::from_utf8(whole.to_bytes().into()).expect("text")
}

/// The elements directly inside the root, in order: `Name`, `Prefix`, …
pub(crate) fn elements(answer: &Answer) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    for tag in answer.body.split('<').skip(2) {
        let name: &str = tag.split('>').next().expect("a tag");
        match name.strip_prefix('/') {
            Some(_) => depth -= 1,
            None => {
                if depth == 1 {
                    names.push(name.to_owned());
                }
                depth += 1;
            }
        }
    }
    names.dedup();
    names
}

/// A document that deletes these keys, and its `Content-MD5`.
pub(crate) fn delete_document(keys: &[&str], quiet: bool) -> (String, String) {
    use base64::Engine;
    let object = |key: &&str| format!("<Object><Key>{key}</Key></Object>");
    let objects: String = keys.iter().map(object).collect();
    let document = format!("<Delete><Quiet>{quiet}</Quiet>{objects}</Delete>");
    let md5 =
        base64::engine::general_purpose::STANDARD.encode(fast_md5::digest(document.as_bytes()));
    (document, md5)
}

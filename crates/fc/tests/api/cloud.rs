//! A small cloud with a fixed clock: the service over a store in memory, a directory of two keys, no objects, and a host
//! that answers what a test has planned.

use std::collections::VecDeque;
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use fc::{ErrorKind, Fc, Host, HostError, Invocation, Invoked, Outcome, Revision, RevisionKey};
use gateway::directory::IssueRequest;
use gateway::objects::FoundObject;
use gateway::{
    AuthMode, Body, Caller, Clock, Credential, CredentialError, Diagnosis, Directory, Fault,
    Gateway, Head, Issued, Moment, Objects, Policies, ResponseBody,
};
use http::{HeaderMap, Method, Request};
use policy::{Attached, Document, Grammar, PolicyType, Principal};
use serde_json::{Value, json};
use signature::{Payload, Secret, Signable, acs3, fc_v1, roa_v1};
use store::Store;

pub(crate) const UID: &str = "1234567890123456";
/// The root of the account.
pub(crate) const OWNER: &str = "owner";
/// A RAM user of it.
pub(crate) const USER: &str = "user";
/// A role that trusts Function Compute.
pub(crate) const ROLE: &str = "acs:ram::1234567890123456:role/worker";

/// What the user may do.
#[derive(Debug, Default)]
struct Directed(Mutex<Option<Attached>>);

#[async_trait]
impl Directory for Directed {
    async fn credential(
        &self,
        key: &str,
        _token: Option<&str>,
        _now: &Moment,
    ) -> Result<Credential, CredentialError> {
        let principal = match key {
            OWNER => Caller::root(UID, key).principal,
            USER => Principal::User {
                account: UID.into(),
                id: "200000000000000001".into(),
                name: "alice".into(),
            },
            _ => return Err(CredentialError::Unknown { session: false }),
        };
        let caller = Caller {
            principal,
            access_key_id: Some(key.into()),
            session: None,
        };
        Ok(Credential {
            secret: Secret::new("secret"),
            caller: Arc::new(caller),
            permanent: None,
        })
    }

    async fn policies(&self, caller: &Caller) -> Result<Arc<Policies>, Fault> {
        let mut policies = Policies::default();
        if matches!(caller.principal, Principal::User { .. }) {
            policies.account.extend(self.0.lock().unwrap().clone());
        }
        Ok(Arc::new(policies))
    }

    async fn seal(&self, diagnosis: &Diagnosis) -> Result<String, Fault> {
        Ok(format!("sealed:{}", diagnosis.action))
    }

    fn stand_in(&self) -> Caller {
        Caller::root(UID, "root")
    }

    async fn issue(&self, request: IssueRequest<'_>, now: &Moment) -> Result<Issued, Fault> {
        match request.role_arn {
            ROLE => Ok(Issued {
                access_key_id: "STS.worker".into(),
                access_key_secret: Secret::new("secret"),
                security_token: Secret::new(request.session_name.to_owned()),
                expiration: now.virtual_,
            }),
            _ => Err(Fault::internal("there is one role only")),
        }
    }

    async fn issue_own(
        &self,
        _name: &str,
        _policy: &str,
        _seconds: u32,
        _now: &Moment,
    ) -> Result<Issued, Fault> {
        Err(Fault::internal("nothing is given away here"))
    }
}

#[derive(Debug)]
struct NoObjects;

#[async_trait]
impl Objects for NoObjects {
    async fn find(
        &self,
        _region: &str,
        _bucket: &str,
        _key: &str,
    ) -> Result<Option<FoundObject>, Fault> {
        Ok(None)
    }

    async fn has_bucket(
        &self,
        _region: &str,
        _account: &str,
        _bucket: &str,
    ) -> Result<bool, Fault> {
        Ok(false)
    }

    async fn read(&self, _bucket: &str, _key: &str, _limit: u64) -> Result<Option<Bytes>, Fault> {
        Ok(None)
    }

    async fn platform_bucket(
        &self,
        _region: &str,
        _bucket: &str,
        _now: &Moment,
    ) -> Result<(), Fault> {
        Err(Fault::internal("there are no buckets here"))
    }

    async fn store(
        &self,
        _bucket: &str,
        _key: &str,
        _bytes: Bytes,
        _now: &Moment,
    ) -> Result<(), Fault> {
        Err(Fault::internal("there are no buckets here"))
    }
}

/// What a host is to do with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Planned {
    Fails,
    HasNoRoom,
    HasNoRuntime,
}

/// Answers with the event, unless something else is planned, and remembers what it was asked.
#[derive(Debug, Default)]
pub(crate) struct FakeHost {
    plan: Mutex<VecDeque<Planned>>,
    asked: Mutex<Vec<(RevisionKey, Invocation)>>,
    retired: Mutex<Vec<RevisionKey>>,
}

impl FakeHost {
    pub(crate) fn plan(&self, planned: &[Planned]) {
        self.plan.lock().unwrap().extend(planned);
    }

    /// What it was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<(RevisionKey, Invocation)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// The events that it was given since the last time.
    pub(crate) fn events(&self) -> Vec<String> {
        let text =
            |invocation: &Invocation| String::from_utf8_lossy(&invocation.event).into_owned();
        self.asked()
            .iter()
            .map(|(_, invocation)| text(invocation))
            .collect()
    }

    pub(crate) fn retired(&self) -> usize {
        self.retired.lock().unwrap().len()
    }
}

#[async_trait]
impl Host for FakeHost {
    async fn invoke(
        &self,
        revision: &Arc<Revision>,
        invocation: Invocation,
    ) -> Result<Invoked, HostError> {
        let body = invocation.event.clone();
        let key = revision.key.clone();
        self.asked.lock().unwrap().push((key, invocation));
        let error = match self.plan.lock().unwrap().pop_front() {
            None => None,
            Some(Planned::Fails) => Some(ErrorKind::UnhandledInvocation),
            Some(Planned::HasNoRoom) => return Err(HostError::Exhausted("it is full".into())),
            Some(Planned::HasNoRuntime) => {
                return Err(HostError::NoRuntime("there is no Python".into()));
            }
        };
        let outcome = Outcome {
            body,
            http: None,
            error,
            log: Bytes::from_static(b"a line\n"),
            duration: Duration::from_micros(1234),
            max_memory: 5 << 20,
        };
        Ok(Invoked {
            outcome,
            instance_id: "c-1".into(),
        })
    }

    fn retire(&self, key: &RevisionKey) {
        self.retired.lock().unwrap().push(key.clone());
    }
}

/// The service and its gateway.
#[derive(Debug, Clone)]
pub(crate) struct Cloud {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) fc: Arc<Fc>,
    pub(crate) host: Arc<FakeHost>,
    nonces: Arc<AtomicU64>,
    directory: Arc<Directed>,
}

/// A request being written. It is signed when it is sent, as clients of its generation do.
#[derive(Debug)]
pub(crate) struct Ask {
    cloud: Cloud,
    method: &'static str,
    target: String,
    headers: HeaderMap,
    body: Bytes,
    by: &'static str,
    roa: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Cloud {
    /// At 2026-01-15T02:03:04.567Z, without functions.
    pub(crate) fn new() -> Self {
        let at: DateTime<Utc> = "2026-01-15T02:03:04.567Z".parse().unwrap();
        let directory = Arc::new(Directed::default());
        let (clock, host) = (Clock::fixed(at), Arc::new(FakeHost::default()));
        Self {
            gateway: Arc::new(Gateway::new(directory.clone(), clock, AuthMode::Enforce)),
            fc: Arc::new(Fc::new(
                Store::memory(),
                directory.clone(),
                Arc::new(NoObjects),
                host.clone(),
            )),
            host,
            nonces: Arc::default(),
            directory,
        }
    }

    /// Gives the user this statement as a policy.
    pub(crate) fn allow(&self, action: &str, resource: &str) {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
        let policy = json!({"Version": "1", "Statement": [statement]}).to_string();
        let document = Document::parse(&policy, Grammar::Identity).unwrap();
        let policy = Attached::new("test", PolicyType::Custom, document);
        *self.directory.0.lock().unwrap() = Some(policy);
    }

    /// A request of the owner's; the target begins with the version of the API.
    pub(crate) fn ask(&self, method: &'static str, target: &str) -> Ask {
        Ask {
            cloud: self.clone(),
            method,
            target: target.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            by: OWNER,
            roa: false,
        }
    }

    /// Makes a function of FC 3.0.
    pub(crate) async fn create(&self, name: &str) -> Value {
        let body = function(name);
        let made = self
            .ask("POST", "/2023-03-30/functions")
            .json(&body)
            .send()
            .await;
        made.expect(200).json()
    }

    /// Invokes a function of FC 3.0.
    pub(crate) fn invoke(&self, name: &str, event: &str) -> Ask {
        let target = format!("/2023-03-30/functions/{name}/invocations");
        self.ask("POST", &target).bytes(event.to_owned())
    }
}

/// What makes a function.
pub(crate) fn function(name: &str) -> Value {
    json!({
        "functionName": name, "runtime": "python3.10", "handler": "index.handler",
        "code": {"zipFile": zip_file("def handler(event, context):\n    return event\n")},
    })
}

/// An archive with `index.py`, in Base64.
pub(crate) fn zip_file(source: &str) -> String {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("index.py", options).unwrap();
    archive.write_all(source.as_bytes()).unwrap();
    STANDARD.encode(archive.finish().unwrap().into_inner())
}

impl Ask {
    pub(crate) fn by(mut self, key: &'static str) -> Self {
        self.by = key;
        self
    }

    /// Signed as the older SDKs' core does.
    pub(crate) fn roa(mut self) -> Self {
        self.roa = true;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    pub(crate) fn bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .bytes(body.to_string())
    }

    pub(crate) async fn send(self) -> Answer {
        let head = self.head();
        let body = Body::from_bytes(self.body);
        let cloud = self.cloud;
        let answer = gateway::serve(&cloud.gateway, &cloud.fc, head, body, None).await;
        let (parts, body) = answer.into_parts();
        let body = match body {
            ResponseBody::Empty => Bytes::new(),
            ResponseBody::Whole(bytes) => bytes,
            ResponseBody::Chunks(chunks) => chunks.into_iter().flatten().collect(),
            other => panic!("{other:?} of a function"),
        };
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    fn head(&self) -> Head {
        let wall = self.cloud.gateway.clock.wall();
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).unwrap();
        *request.uri_mut() = self.target.parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        let headers = request.headers_mut();
        let mut put =
            |name: &'static str, value: String| headers.insert(name, value.parse().unwrap());
        put("host", "127.0.0.1:4577".to_owned());
        put("content-length", self.body.len().to_string());
        put("date", wall.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        put("x-acs-date", wall.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        put("x-acs-content-sha256", acs3::content_sha256(&self.body));
        let number = self.cloud.nonces.fetch_add(1, Ordering::Relaxed);
        put("x-acs-signature-nonce", format!("nonce-{number}"));
        if self.roa {
            put("x-acs-signature-method", "HMAC-SHA1".to_owned());
            put("x-acs-signature-version", "1.0".to_owned());
        }
        let mut head = Head::new(request.into_parts().0, [127, 0, 0, 1].into(), false, &[]);
        let signed = self.authorization(&head);
        head.headers
            .insert("authorization", signed.parse().unwrap());
        head
    }

    fn authorization(&self, head: &Head) -> String {
        let signable = Signable {
            method: self.method,
            path: &head.path,
            query: &head.query,
            form: None,
            headers: &head.headers,
            resource: None,
            payload: Payload::Streamed,
        };
        let secret = Secret::new("secret");
        let names = [
            "host",
            "x-acs-content-sha256",
            "x-acs-date",
            "x-acs-signature-nonce",
        ];
        match self.target.starts_with("/2016") {
            _ if self.roa => roa_v1::sign(&signable, self.by, &secret),
            true => fc_v1::sign(&signable, self.by, &secret),
            false => acs3::sign(&signable, self.by, &secret, &names),
        }
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A refusal in the words of FC 3.0. Gives its message.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        let body = self.json();
        assert_eq!(
            (self.status, body["Code"].as_str()),
            (status, Some(code)),
            "{body}"
        );
        assert_eq!(body["RequestId"].as_str(), self.header("x-fc-request-id"));
        body["Message"].as_str().unwrap().to_owned()
    }
}

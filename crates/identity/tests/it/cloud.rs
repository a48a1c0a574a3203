//! A cloud with nothing but identities, and signed calls to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use gateway::host::{Endpoint, Family};
use gateway::{AuthMode, Body, Clock, Gateway, Head, Rare, Record, Report, Response, ResponseBody};
use http::{HeaderMap, HeaderValue, Method};
use identity::oidc::Issuers;
use identity::{
    DEFAULT_ACCOUNT, IMS_VERSION, Identity, Ims, Limits, RAM_VERSION, Ram, STS_VERSION, Sts,
};
use serde_json::Value;
use signature::{Payload, Plus, Query, Secret, Signable};
use store::Store;

/// An allow-all trust for the default account.
pub(crate) const TRUST_ACCOUNT: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]}"#;

pub(crate) struct Cloud {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) store: Store,
    sts: Arc<Sts>,
    ram: Arc<Ram>,
    ims: Arc<Ims>,
    nonces: AtomicU64,
}

/// What signs a call.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl Key {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            token: None,
        }
    }

    /// The administrator that every cloud has.
    pub(crate) fn admin() -> Self {
        Self::new("localyun", "localyun")
    }

    pub(crate) fn root() -> Self {
        Self::new("localyun.root", "localyun.root")
    }

    /// From the `Credentials` of an answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        let text = |name: &str| answer.text(&format!("/Credentials/{name}"));
        Self {
            id: text("AccessKeyId"),
            secret: text("AccessKeySecret"),
            token: Some(text("SecurityToken")),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) json: Value,
}

impl Answer {
    /// The text at a JSON pointer; empty where there is none.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let value = self.json.pointer(pointer);
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The names at `pointer` of a list at `list`.
    pub(crate) fn names(&self, list: &str, name: &str) -> Vec<String> {
        let rows = self.json.pointer(list).and_then(Value::as_array);
        let rows = rows.unwrap_or_else(|| panic!("no list {list} in {}", self.body));
        let text = |row: &Value| row[name].as_str().unwrap_or_default().to_owned();
        rows.iter().map(text).collect()
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        let got = (self.status, self.text("/Code"));
        assert_eq!(got, (status, code.to_owned()), "{}", self.body);
    }

    #[track_caller]
    pub(crate) fn says(&self, status: u16, code: &str, message: &str) {
        self.refused(status, code);
        assert_eq!(self.text("/Message"), message);
    }
}

/// A call before it is signed. Everything may be spoilt.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) host: String,
}

impl Call {
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.drop(name);
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn drop(&mut self, name: &str) -> &mut Self {
        self.query.retain(|(n, _)| n != name);
        self
    }

    pub(crate) fn header(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    fn head(&self) -> Head {
        let form = (!self.form.is_empty()).then(|| Query::from_pairs(self.form.clone()));
        Head {
            method: self.method.clone(),
            version: http::Version::HTTP_11,
            path: "/".to_owned(),
            query: Query::from_pairs(self.query.clone()),
            form,
            headers: self.headers.clone(),
            host: self.host.clone(),
            endpoint: Endpoint::read(&self.host, &[]),
            peer: "127.0.0.1".parse().unwrap(),
            secure: false,
            bad_query: None,
            rare: Rare::of(&self.headers),
            repeats_host: false,
            client: Default::default(),
        }
    }

    fn payload(&self) -> Bytes {
        Bytes::from(Query::from_pairs(self.form.clone()).raw().to_owned())
    }

    /// Signs as RPC V1 does, over query and form.
    pub(crate) fn sign(&mut self, secret: &str) -> &mut Self {
        self.drop("Signature");
        let (head, payload) = (self.head(), self.payload());
        let signature = signature::rpc_v1::sign(&signable(&head, &payload), &Secret::new(secret));
        self.set("Signature", &signature)
    }

    /// Signs as ACS3 does, over every header that is there.
    pub(crate) fn sign_acs3(&mut self, key: &Key) -> &mut Self {
        let (head, payload) = (self.head(), self.payload());
        let names: Vec<&str> = self.headers.keys().map(|n| n.as_str()).collect();
        let secret = Secret::new(&key.secret);
        let value = signature::acs3::sign(&signable(&head, &payload), &key.id, &secret, &names);
        self.header("authorization", &value)
    }
}

fn signable<'a>(head: &'a Head, payload: &'a Bytes) -> Signable<'a> {
    Signable {
        method: head.method.as_str(),
        path: &head.path,
        query: &head.query,
        form: head.form.as_ref(),
        headers: &head.headers,
        resource: None,
        payload: Payload::Bytes(payload),
    }
}

impl Cloud {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default(), AuthMode::Enforce).await
    }

    pub(crate) async fn with(limits: Limits, mode: AuthMode) -> Self {
        let cloud = Self::over(Store::memory(), limits, mode);
        let now = cloud.gateway.clock.now().virtual_;
        cloud.identity.bootstrap(now).await.unwrap();
        cloud
    }

    /// A second process over a store, so to speak.
    pub(crate) fn over(store: Store, limits: Limits, mode: AuthMode) -> Self {
        let identity = Arc::new(Identity::with_limits(store.clone(), limits));
        let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
        Self {
            gateway: Arc::new(Gateway::new(identity.clone(), clock, mode)),
            sts: Arc::new(Sts::new(identity.clone())),
            ram: Arc::new(Ram::new(identity.clone())),
            ims: Arc::new(Ims::new(identity.clone())),
            identity,
            store,
            nonces: AtomicU64::new(0),
        }
    }

    /// The record of the last request.
    pub(crate) fn last(&self) -> Arc<Record> {
        self.gateway.records.latest(1).remove(0)
    }

    pub(crate) async fn report(&self, record: &Record) -> Report {
        match record.service {
            "sts" => self.gateway.report(&*self.sts, record, &[]).await,
            _ => self.gateway.report(&*self.ram, record, &[]).await,
        }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.gateway
            .clock
            .advance(chrono::TimeDelta::seconds(seconds));
    }

    fn nonce(&self) -> String {
        // Two clouds over one store are two gateways, so this need only be unique in one.
        self.nonces.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// A call with everything but its signature.
    pub(crate) fn call(
        &self,
        key: &Key,
        version: &str,
        action: &str,
        params: &[(&str, &str)],
    ) -> Call {
        let mut query: Vec<(String, String)> = [
            ("Action", action),
            ("Version", version),
            ("Format", "JSON"),
            ("AccessKeyId", &key.id),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", &self.nonce()),
            ("Timestamp", "2026-01-01T00:00:00Z"),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .to_vec();
        if let Some(token) = &key.token {
            query.push(("SecurityToken".to_owned(), token.clone()));
        }
        query.extend(
            params
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
        );
        Call {
            method: Method::POST,
            query,
            form: Vec::new(),
            headers: HeaderMap::new(),
            host: match version {
                STS_VERSION => "sts.aliyuncs.com",
                IMS_VERSION => "ims.aliyuncs.com",
                _ => "ram.aliyuncs.com",
            }
            .to_owned(),
        }
    }

    /// The same for ACS3: common parameters are headers.
    pub(crate) fn call_acs3(
        &self,
        key: &Key,
        version: &str,
        action: &str,
        params: &[(&str, &str)],
    ) -> Call {
        let mut call = self.call(key, version, action, params);
        let common = [
            "Action",
            "Version",
            "Format",
            "AccessKeyId",
            "SignatureMethod",
            "SignatureVersion",
            "SignatureNonce",
            "Timestamp",
            "SecurityToken",
        ];
        for name in common {
            call.drop(name);
        }
        let host = call.host.clone();
        call.header("host", &host)
            .header("x-acs-action", action)
            .header("x-acs-version", version)
            .header("x-acs-date", "2026-01-01T00:00:00Z")
            .header("x-acs-signature-nonce", &self.nonce())
            .header(
                "x-acs-content-sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            )
            .header("accept", "application/json");
        if let Some(token) = &key.token {
            call.header("x-acs-security-token", token);
        }
        call
    }

    /// Sends a call as it is.
    pub(crate) async fn send(&self, call: &Call) -> Answer {
        let (head, payload) = (call.head(), Some(call.payload()));
        let body = Body::from_bytes(Bytes::new());
        let response = match head.endpoint.family {
            Family::Sts => gateway::serve(&self.gateway, &self.sts, head, body, payload).await,
            Family::Ims => gateway::serve(&self.gateway, &self.ims, head, body, payload).await,
            _ => gateway::serve(&self.gateway, &self.ram, head, body, payload).await,
        };
        answer(response)
    }

    /// A signed call of RAM.
    pub(crate) async fn ram(&self, key: &Key, action: &str, params: &[(&str, &str)]) -> Answer {
        let mut call = self.call(key, RAM_VERSION, action, params);
        self.send(call.sign(&key.secret)).await
    }

    /// A signed call of IMS.
    pub(crate) async fn ims(&self, key: &Key, action: &str, params: &[(&str, &str)]) -> Answer {
        let mut call = self.call(key, IMS_VERSION, action, params);
        self.send(call.sign(&key.secret)).await
    }

    /// A call of STS that nobody signed.
    pub(crate) async fn unsigned(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        let mut call = self.call(&Key::new("", ""), STS_VERSION, action, params);
        for name in ["AccessKeyId", "SignatureMethod", "SignatureVersion"] {
            call.drop(name);
        }
        self.send(&call).await
    }

    /// The same cloud with another way to issuers of tokens.
    pub(crate) fn reaching(mut self, issuers: Arc<dyn Issuers>) -> Self {
        self.sts = Arc::new(Sts::with_issuers(self.identity.clone(), issuers));
        self
    }

    /// A signed call of STS.
    pub(crate) async fn sts(&self, key: &Key, action: &str, params: &[(&str, &str)]) -> Answer {
        let mut call = self.call(key, STS_VERSION, action, params);
        self.send(call.sign(&key.secret)).await
    }

    /// A call of RAM by the administrator that must succeed.
    pub(crate) async fn admin(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        let answer = self.ram(&Key::admin(), action, params).await;
        assert_eq!(answer.status, 200, "{action} {params:?}: {}", answer.body);
        answer
    }

    /// A user with a key, and with a custom policy of its own if there is a document.
    pub(crate) async fn user(&self, name: &str, document: Option<&str>) -> Key {
        self.admin("CreateUser", &[("UserName", name)]).await;
        if let Some(document) = document {
            self.grant("User", name, document).await;
        }
        let key = self.admin("CreateAccessKey", &[("UserName", name)]).await;
        Key::new(
            &key.text("/AccessKey/AccessKeyId"),
            &key.text("/AccessKey/AccessKeySecret"),
        )
    }

    /// A role that trusts somebody.
    pub(crate) async fn role(&self, name: &str, trust: &str, document: Option<&str>) -> String {
        let params = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        let role = self.admin("CreateRole", &params).await;
        if let Some(document) = document {
            self.grant("Role", name, document).await;
        }
        role.text("/Role/Arn")
    }

    /// A custom policy for one user or role.
    pub(crate) async fn grant(&self, entity: &str, name: &str, document: &str) {
        let policy = format!("{name}-{}", self.nonce());
        let params = [
            ("PolicyName", policy.as_str()),
            ("PolicyDocument", document),
        ];
        self.admin("CreatePolicy", &params).await;
        self.attach(entity, name, "Custom", &policy).await;
    }

    pub(crate) async fn attach(&self, entity: &str, name: &str, kind: &str, policy: &str) {
        let entity_name = format!("{entity}Name");
        let params = [
            (entity_name.as_str(), name),
            ("PolicyType", kind),
            ("PolicyName", policy),
        ];
        self.admin(&format!("AttachPolicyTo{entity}"), &params)
            .await;
    }

    /// A session of a role, assumed by somebody.
    pub(crate) async fn assume(&self, key: &Key, role: &str, more: &[(&str, &str)]) -> Answer {
        let arn = match role.starts_with("acs:") {
            true => role.to_owned(),
            false => format!("acs:ram::{DEFAULT_ACCOUNT}:role/{role}"),
        };
        let mut params = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "session")];
        params.extend(more);
        self.sts(key, "AssumeRole", &params).await
    }
}

fn answer(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes: Vec<u8> = match body {
        ResponseBody::Empty => Vec::new(),
        ResponseBody::Whole(bytes) => bytes.into(),
        ResponseBody::Chunks(chunks) => chunks.into_iter().flatten().collect(),
        ResponseBody::File(_) | ResponseBody::Stream { .. } => panic!("RPC answers are whole"),
    };
    let body = String::from_utf8(bytes).unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        json: serde_json::from_str(&body).unwrap_or_default(),
        body,
    }
}

/// A policy with one statement.
pub(crate) fn policy(effect: &str, action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

/// A trust policy with one principal.
pub(crate) fn trust(kind: &str, principal: &str) -> String {
    format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"{kind}":"{principal}"}}}}]}}"#
    )
}

/// What a raw query says, for calls written by hand.
pub(crate) fn pairs(raw: &str) -> Vec<(String, String)> {
    let query = Query::parse(raw, Plus::Space).unwrap();
    query
        .iter()
        .map(|p| (p.name.to_owned(), p.value.to_owned()))
        .collect()
}

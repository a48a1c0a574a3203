//! A request to sign and to take apart.

use http::{HeaderMap, HeaderName, HeaderValue};
use signature::{
    Claim, Malformed, Payload, Plus, Query, Reading, Resource, Scheme, Signable, read,
};

pub(crate) const OSS: &[Scheme] = &[Scheme::OssV1, Scheme::OssV4];
pub(crate) const ALL_OSS: &[Scheme] = &[Scheme::OssV4, Scheme::OssV1, Scheme::OssV2];
pub(crate) const FC: &[Scheme] = &[Scheme::Acs3, Scheme::RoaV1, Scheme::FcV1];
pub(crate) const RPC: &[Scheme] = &[Scheme::Acs3, Scheme::RpcV1];

#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) form: Option<Query>,
    pub(crate) headers: HeaderMap,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Sample {
    /// A request to a path with a query.
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = Query::parse(query, Plus::Space).unwrap();
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            ..Self::default()
        }
    }

    pub(crate) fn on(mut self, bucket: &str, key: &str) -> Self {
        self.bucket = Some(bucket.to_owned());
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.add_header(name, value.as_bytes());
        self
    }

    pub(crate) fn add_header(&mut self, name: &str, value: &[u8]) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers
            .append(name, HeaderValue::from_bytes(value).unwrap());
    }

    pub(crate) fn set_header(&mut self, name: &'static str, value: &str) {
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
    }

    pub(crate) fn form(mut self, form: &str) -> Self {
        self.form = Some(Query::parse(form, Plus::Space).unwrap());
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    pub(crate) fn parameter(mut self, name: &str, value: &str) -> Self {
        self.query.push(name, value);
        self
    }

    pub(crate) fn signable(&self) -> Signable<'_> {
        Signable {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            form: self.form.as_ref(),
            headers: &self.headers,
            resource: Some(Resource {
                bucket: self.bucket.as_deref(),
                key: self.key.as_deref(),
            }),
            payload: self
                .body
                .as_deref()
                .map_or(Payload::Streamed, Payload::Bytes),
        }
    }

    /// Its claim outlives the request, as one that does not match has to.
    pub(crate) fn read(&self, schemes: &[Scheme]) -> Reading<'static> {
        match read(schemes, &self.signable()) {
            Reading::Mine(claim) => Reading::Mine(claim.into_owned()),
            Reading::NotMine => Reading::NotMine,
            Reading::Broken(malformed) => Reading::Broken(malformed),
        }
    }

    pub(crate) fn claim(&self, schemes: &[Scheme]) -> Claim<'static> {
        match self.read(schemes) {
            Reading::Mine(claim) => claim,
            other => panic!("no claim but {other:?}: {self:?}"),
        }
    }

    pub(crate) fn fault(&self, schemes: &[Scheme]) -> Malformed {
        match self.read(schemes) {
            Reading::Broken(malformed) => malformed,
            other => panic!("no fault but {other:?}: {self:?}"),
        }
    }

    pub(crate) fn is_unsigned(&self, schemes: &[Scheme]) -> bool {
        matches!(self.read(schemes), Reading::NotMine)
    }
}

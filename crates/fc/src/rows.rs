//! What the store holds for this service.
//!
//! | Row | Value |
//! |---|---|
//! | `fc/service/<uid>/<region>/<name>` | [`ServiceRow`]: a service of FC 2.0 |
//! | `fc/size/<uid>/<region>/<service>` | counter of its functions |
//! | `fc/function/<uid>/<region>/<service>/<name>` | [`FunctionRow`]: all of a function but its code |
//! | `fc/code/<uid>/<region>/<service>/<name>` | the bytes of a small package, in the same commit |
//!
//! `<service>` is empty in FC 3.0, whose functions are in no service. No name has a `/`, so no key can be read in two
//! ways. A package of more than 64 KiB is a blob, whose owner is the key of the row that would have the bytes.
//!
//! Values are JSON. The version of a row is the number of the commit that wrote it; it makes the function's revision
//! and FC 2.0's `ETag`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gateway::Fault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{BlobId, Row};

/// Where functions lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) account: Arc<str>,
    pub(crate) region: Arc<str>,
    /// Empty in FC 3.0.
    pub(crate) service: Arc<str>,
}

impl Place {
    /// What the rows of its functions begin with; the name is what follows.
    pub(crate) fn functions(&self) -> String {
        self.prefix("function")
    }

    /// The row of a function.
    pub(crate) fn function(&self, name: &str) -> String {
        self.functions() + name
    }

    /// The row of a function's small package, and the owner of a large one.
    pub(crate) fn code(&self, name: &str) -> String {
        self.prefix("code") + name
    }

    /// The row of the service.
    pub(crate) fn service(&self) -> String {
        self.services() + &self.service
    }

    /// What the rows of all services begin with.
    pub(crate) fn services(&self) -> String {
        format!("fc/service/{}/{}/", self.account, self.region)
    }

    /// The counter of the service's functions. Whoever deletes the service expects it to be as it was.
    pub(crate) fn size(&self) -> String {
        format!("fc/size/{}/{}/{}", self.account, self.region, self.service)
    }

    /// Whether functions here are in no service.
    pub(crate) fn is_bare(&self) -> bool {
        self.service.is_empty()
    }

    fn prefix(&self, kind: &str) -> String {
        let Self {
            account,
            region,
            service,
        } = self;
        format!("fc/{kind}/{account}/{region}/{service}/")
    }
}

/// A function, or one published version of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FunctionRow {
    /// A UUID.
    pub(crate) id: String,
    pub(crate) name: String,
    /// Virtual time.
    pub(crate) created: DateTime<Utc>,
    /// Virtual time.
    pub(crate) modified: DateTime<Utc>,
    /// The settings as the door of its kind names them, defaults included.
    pub(crate) settings: Map<String, Value>,
    /// None for images.
    pub(crate) code: Option<Code>,
}

/// A service, which is what functions of FC 2.0 are in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServiceRow {
    /// A UUID.
    pub(crate) id: String,
    pub(crate) name: String,
    /// Virtual time.
    pub(crate) created: DateTime<Utc>,
    /// Virtual time.
    pub(crate) modified: DateTime<Utc>,
    /// Defaults included.
    pub(crate) settings: Map<String, Value>,
}

/// A package, but for its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    /// Bytes, packed.
    pub(crate) size: u64,
    /// CRC-64/XZ.
    pub(crate) crc64: u64,
    /// Where the bytes are, if they have no row.
    pub(crate) blob: Option<BlobId>,
}

impl FunctionRow {
    pub(crate) fn text(&self, setting: &str) -> &str {
        self.settings
            .get(setting)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn number(&self, setting: &str) -> Option<u64> {
        self.settings.get(setting).and_then(Value::as_u64)
    }
}

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(Fault::internal)
}

pub(crate) fn decode<T: DeserializeOwned>(row: &Row) -> Result<T, Fault> {
    serde_json::from_slice(&row.value).map_err(Fault::internal)
}

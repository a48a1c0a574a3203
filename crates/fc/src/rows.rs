//! What the store holds for this service.
//!
//! | Row | Value |
//! |---|---|
//! | `fc/service/<uid>/<region>/<name>` | [`ServiceRow`]: a service of FC 2.0 |
//! | `fc/version/<owner>/<number>` | [`VersionRow`]: a published version; the number is hexadecimal, so that they are in order |
//! | `fc/published/<owner>` | the number of the version that was published last |
//! | `fc/alias/<owner>/<name>` | [`AliasRow`] |
//! | `fc/trigger/<owner>/<name>` | [`TriggerRow`] |
//! | `fc/watch/<bucket>` | the triggers that the bucket's objects set off |
//! | `fc/timer/<owner>/<name>` | [`TimerRow`](crate::timers::TimerRow): a trigger that is a timer and enabled |
//! | `fc/host/<region>/<label>` | [`HostRow`](crate::web::address::HostRow): the trigger that a host leads to |
//! | `fc/queue/<request id>` | [`JobRow`](crate::queue::JobRow): an asynchronous invocation that is not settled |
//! | `fc/async/<owner>/<qualifier>` | [`ConfigRow`]: how a function is invoked asynchronously |
//! | `fc/concurrency/<owner>/LATEST` | [`ConfigRow`]: how many requests of a function may run at a time |
//! | `fc/ondemand/<owner>/<qualifier>` | [`ConfigRow`]: how many instances it may have |
//! | `fc/restriction/<owner>/LATEST` | [`ConfigRow`]: that it is switched off |
//! | `fc/provision/<owner>/<qualifier>` | [`ConfigRow`]: how many instances are kept ready |
//! | `fc/scaling/<owner>/<qualifier>` | [`ConfigRow`]: the same, as PutScalingConfig says it |
//! | `fc/task/<owner>/<id>` | [`TaskRow`](crate::tasks::TaskRow): the course of an asynchronous invocation that is a task |
//! | `fc/size/<owner>` | counter of what a function or a service has of versions, aliases and triggers |
//! | `fc/tags/<owner>` | its tags, as a JSON object |
//! | `fc/layer/<uid>/<region>/<layer>` | [`LayerRow`](crate::layers::LayerRow): a layer that has versions |
//! | `fc/layerlast/<uid>/<region>/<layer>` | the number of the version that was made last |
//! | `fc/layerversion/<uid>/<region>/<layer>/<number>` | [`LayerVersionRow`](crate::layers::LayerVersionRow) |
//! | `fc/layergone/<uid>/<region>/<layer>/<number>` | the same of a deleted version that functions may still have |
//! | `fc/layercode/<uid>/<region>/<layer>/<number>` | the bytes of a small package |
//! | `fc/layeraccount/<digits>` | the uid for which these digits stand in short ARNs of layers |
//! | `fc/function/<uid>/<region>/<service>/<name>` | [`FunctionRow`]: all of a function but its code |
//! | `fc/code/<uid>/<region>/<service>/<name>` | the bytes of a small package, in the same commit |
//!
//! `<service>` is empty in FC 3.0, whose functions are in no service; what was published has `.` and the version behind
//! it, and stays as it is. `<owner>` is `<uid>/<region>/<service>/<name>`: a function, and without a
//! name a service; versions and aliases are of functions in FC 3.0 and of services in FC 2.0. No name has a `/` or a `.`, so no key can be read in two ways. A package of more than 64 KiB is a blob, whose owner is the key of the row that would have the bytes.
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

use crate::layers::UsedLayer;

/// What the rows of buckets with triggers begin with; the bucket is what follows.
pub(crate) const WATCHED: &str = "fc/watch/";
/// What the rows of all functions begin with.
pub(crate) const FUNCTIONS: &str = "fc/function/";
/// What the rows of timers begin with.
pub(crate) const TIMERS: &str = "fc/timer/";
/// What the rows of waiting invocations begin with.
pub(crate) const QUEUE: &str = "fc/queue/";

/// What the rows of tasks begin with.
pub(crate) const TASKS: &str = "fc/task/";
/// What the rows of the hosts of HTTP triggers begin with.
pub(crate) const HOSTS: &str = "fc/host/";

/// Where functions lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) account: Arc<str>,
    pub(crate) region: Arc<str>,
    /// Empty in FC 3.0.
    pub(crate) service: Arc<str>,
    /// The published version that they are of.
    pub(crate) version: Option<u64>,
}

/// What versions, aliases and triggers belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) place: Place,
    /// Empty for a service.
    pub(crate) function: Arc<str>,
}

/// What belongs to a function or a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Version,
    Alias,
    Trigger,
    /// How it is invoked asynchronously, by qualifier.
    Async,
    /// An asynchronous invocation, by its id.
    Task,
    /// How many requests may run at a time (FC 3.0).
    Concurrency,
    /// How many instances it may have, by qualifier (FC 2.0).
    OnDemand,
    /// That it is switched off.
    Restriction,
    /// How many instances are kept ready, by alias.
    Provision,
    /// The same, and what else scales it (FC 3.0).
    Scaling,
}

impl Kind {
    /// The kinds of [`ConfigRow`]s. They go with their function.
    pub(crate) const CONFIGS: &[Self] = &[
        Self::Async,
        Self::Concurrency,
        Self::OnDemand,
        Self::Restriction,
        Self::Provision,
        Self::Scaling,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Alias => "alias",
            Self::Trigger => "trigger",
            Self::Async => "async",
            Self::Task => "task",
            Self::Concurrency => "concurrency",
            Self::OnDemand => "ondemand",
            Self::Restriction => "restriction",
            Self::Provision => "provision",
            Self::Scaling => "scaling",
        }
    }
}

impl Owner {
    /// What the rows of one kind begin with; the name is what follows.
    pub(crate) fn all(&self, kind: Kind) -> String {
        format!("{}{}/", self.place.prefix(kind.word()), self.function)
    }

    /// The row of one of them.
    pub(crate) fn one(&self, kind: Kind, name: &str) -> String {
        self.all(kind) + name
    }

    /// The row of a version.
    pub(crate) fn version(&self, number: u64) -> String {
        self.one(Kind::Version, &format!("{number:016x}"))
    }

    /// The row of a timer.
    pub(crate) fn timer(&self, name: &str) -> String {
        format!("{}{}/{name}", self.place.prefix("timer"), self.function)
    }

    /// The row with the number of the last version.
    pub(crate) fn published(&self) -> String {
        self.place.prefix("published") + &self.function
    }

    /// The counter of all that it has. Whoever deletes it expects this to be as it was.
    pub(crate) fn size(&self) -> String {
        self.place.prefix("size") + &self.function
    }

    /// The row of its tags.
    pub(crate) fn tags(&self) -> String {
        self.place.prefix("tags") + &self.function
    }

    /// The row of what it is itself.
    pub(crate) fn row(&self) -> String {
        match self.function.is_empty() {
            true => self.place.service(),
            false => self.place.function(&self.function),
        }
    }
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

    /// What the rows of the tags of all functions and services of the account and region begin with.
    pub(crate) fn all_tags(&self) -> String {
        format!("fc/tags/{}/{}/", self.account, self.region)
    }

    /// The service, as an owner.
    pub(crate) fn owner(&self) -> Owner {
        self.owner_of("")
    }

    /// A function here, as an owner.
    pub(crate) fn owner_of(&self, function: &str) -> Owner {
        Owner {
            place: self.clone(),
            function: function.into(),
        }
    }

    /// Where the functions of a published version are.
    pub(crate) fn at(&self, version: u64) -> Self {
        Self {
            version: Some(version),
            ..self.clone()
        }
    }

    /// What the rows of one kind begin with, of all functions of the place.
    pub(crate) fn all(&self, kind: Kind) -> String {
        self.prefix(kind.word())
    }

    /// What the rows of one kind begin with, of all functions of the account and region.
    pub(crate) fn everywhere(&self, kind: Kind) -> String {
        format!("fc/{}/{}/{}/", kind.word(), self.account, self.region)
    }

    /// What the rows of one kind begin with, of all accounts.
    pub(crate) fn of_all(kind: Kind) -> String {
        format!("fc/{}/", kind.word())
    }

    /// A place as rows name it, of no published version.
    pub(crate) fn of(account: &str, region: &str, service: &str) -> Self {
        Self {
            account: account.into(),
            region: region.into(),
            service: service.into(),
            version: None,
        }
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
            version,
        } = self;
        let version = version.map_or_else(String::new, |version| format!(".{version}"));
        format!("fc/{kind}/{account}/{region}/{service}{version}/")
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
    /// Of two that have the same file the earlier one counts.
    #[serde(default)]
    pub(crate) layers: Vec<UsedLayer>,
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

/// A version, but for the functions of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VersionRow {
    pub(crate) number: u64,
    pub(crate) description: String,
    /// Virtual time.
    pub(crate) created: DateTime<Utc>,
    /// The service as it was, in FC 2.0.
    pub(crate) service: Option<ServiceRow>,
}

/// An alias of a version, or of two.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AliasRow {
    pub(crate) name: String,
    pub(crate) version: u64,
    /// Another version, and the share of requests that it gets.
    pub(crate) other: Option<(u64, f64)>,
    pub(crate) description: String,
    /// Virtual time.
    pub(crate) created: DateTime<Utc>,
    /// Virtual time.
    pub(crate) modified: DateTime<Utc>,
}

/// What makes a function run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TriggerRow {
    /// A UUID.
    pub(crate) id: String,
    pub(crate) name: String,
    /// `http`, `oss`, `timer` or another type.
    pub(crate) kind: String,
    /// Where events come from; empty where nothing is named.
    pub(crate) source_arn: String,
    pub(crate) config: Map<String, Value>,
    pub(crate) description: String,
    /// The ARN of the role with which the source invokes; empty without one.
    pub(crate) invocation_role: String,
    /// The version or alias that it runs; empty for the latest.
    pub(crate) qualifier: String,
    /// What the host of an HTTP trigger begins with; empty for other types.
    #[serde(default)]
    pub(crate) prefix: String,
    /// Virtual time.
    pub(crate) created: DateTime<Utc>,
    /// Virtual time.
    pub(crate) modified: DateTime<Utc>,
}

/// Settings that a function has for one qualifier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConfigRow {
    /// Empty in FC 3.0.
    pub(crate) service: String,
    pub(crate) function: String,
    /// A version, an alias, or `LATEST`.
    pub(crate) qualifier: String,
    /// As the door of its kind names them.
    pub(crate) settings: Map<String, Value>,
    /// Virtual time.
    pub(crate) created: DateTime<Utc>,
    /// Virtual time.
    pub(crate) modified: DateTime<Utc>,
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

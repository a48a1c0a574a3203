//! Where the records of requests to a bucket would be stored. None are.

use serde::{Deserialize, Serialize};

use super::Setting;
use crate::rows::Kind;
use crate::xml_in::Element;
use crate::xml_in::shape::{Shape, maybe, one, times};

/// A `BucketLoggingStatus`.
pub(crate) const LOGGING: &[Shape] = &[times(
    "LoggingEnabled",
    0,
    1,
    &[one("TargetBucket"), maybe("TargetPrefix")],
)];

/// A bucket's target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logging {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
}

impl Setting for Logging {
    const KIND: Kind = Kind::Logging;
}

impl Logging {
    /// Takes a `BucketLoggingStatus`; an empty one switches logging off.
    pub(crate) fn read(root: &Element) -> Option<Self> {
        let enabled = root.child("LoggingEnabled")?;
        let text = |name| enabled.child_text(name).unwrap_or_default().to_owned();
        Some(Self {
            bucket: text("TargetBucket"),
            prefix: text("TargetPrefix"),
        })
    }
}

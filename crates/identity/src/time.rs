//! Times as STS and RAM write them.

use chrono::{DateTime, SecondsFormat, Utc};

/// `YYYY-MM-DDThh:mm:ssZ`, without a fraction: clients parse exactly this (spec/identity.md §2.1).
pub(crate) fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

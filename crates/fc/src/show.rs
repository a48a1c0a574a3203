//! How things look in answers.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::functions::Found;
use crate::locate::Target;
use crate::settings::Fields;

/// A time as answers have it.
pub(crate) fn time(at: DateTime<Utc>) -> Value {
    json!(at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A function (spec/fc.md §3.3). In FC 3.0 it tells its state too; code packages are ready at once.
pub(crate) fn function(target: &Target, found: &Found) -> Fields {
    let row = &found.row;
    let mut shown = row.settings.clone();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("functionName", json!(row.name));
    put("functionId", json!(row.id));
    put("createdTime", time(row.created));
    put("lastModifiedTime", time(row.modified));
    if let Some(code) = &row.code {
        put("codeSize", json!(code.size));
        put("codeChecksum", json!(code.crc64.to_string()));
    }
    if !target.generation.has_services() {
        let arn = target.arn(&format!("functions/{}", row.name));
        put("functionArn", json!(arn));
        put("state", json!("Active"));
        put("lastUpdateStatus", json!("Successful"));
    }
    shown
}

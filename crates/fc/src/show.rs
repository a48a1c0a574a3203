//! How things look in answers.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::functions::Found;
use crate::locate::Target;
use crate::page;
use crate::rows::{AliasRow, VersionRow};
use crate::services::FoundService;
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
    if target.generation.has_services() {
        // It is the service's.
        shown.remove("logConfig");
    } else {
        let arn = target.arn(&format!("functions/{}", row.name));
        for (name, value) in [
            ("functionArn", arn.as_str()),
            ("state", "Active"),
            ("lastUpdateStatus", "Successful"),
        ] {
            shown.insert(name.to_owned(), json!(value));
        }
    }
    shown
}

/// A service.
pub(crate) fn service(found: &FoundService) -> Fields {
    let row = &found.row;
    let mut shown = row.settings.clone();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("serviceName", json!(row.name));
    put("serviceId", json!(row.id));
    put("createdTime", time(row.created));
    put("lastModifiedTime", time(row.modified));
    shown
}

/// A version.
pub(crate) fn version(row: &VersionRow) -> Fields {
    let mut shown = Fields::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("versionId", json!(row.number.to_string()));
    put("description", json!(row.description));
    put("createdTime", time(row.created));
    put("lastModifiedTime", time(row.created));
    shown
}

/// An alias.
pub(crate) fn alias(row: &AliasRow) -> Fields {
    let mut shown = Fields::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("aliasName", json!(row.name));
    put("versionId", json!(row.version.to_string()));
    put("description", json!(row.description));
    let others = row
        .other
        .map(|(version, share)| (version.to_string(), json!(share)));
    put("additionalVersionWeight", Fields::from_iter(others).into());
    put("createdTime", time(row.created));
    put("lastModifiedTime", time(row.modified));
    shown
}

/// A page of a list: `nextToken` where more follows.
pub(crate) fn list(name: &str, shown: Vec<Value>, next: Option<&str>) -> Fields {
    let mut body = Fields::new();
    body.insert(name.to_owned(), shown.into());
    if let Some(next) = next {
        body.insert("nextToken".to_owned(), json!(page::token(next)));
    }
    body
}

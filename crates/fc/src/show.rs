//! How things look in answers.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::functions::Found;
use crate::locate::{LATEST, Target};
use crate::page;
use crate::rows::{AliasRow, ConfigRow, TriggerRow, VersionRow};
use crate::services::FoundService;
use crate::settings::Fields;
use crate::web::address;
use crate::{Generation, layers, triggers};

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
    layers::show_used(&mut shown, target.generation, row);
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

/// A trigger. Its configuration is text, but for the oldest generation, and its addresses stand in a group in the newest.
pub(crate) fn trigger(target: &Target, row: &TriggerRow) -> Fields {
    let mut shown = Fields::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("triggerName", json!(row.name));
    put("triggerId", json!(row.id));
    put("triggerType", json!(row.kind));
    put("sourceArn", json!(row.source_arn));
    put("invocationRole", json!(row.invocation_role));
    put("qualifier", json!(row.qualifier));
    put("description", json!(row.description));
    put("createdTime", time(row.created));
    put("lastModifiedTime", time(row.modified));
    let config = Value::Object(row.config.clone());
    put(
        "triggerConfig",
        match target.generation {
            Generation::V2016 => config,
            Generation::V2021 | Generation::V2023 => json!(config.to_string()),
        },
    );
    if !target.generation.has_services() {
        let function = target.name("functionName");
        put(
            "targetArn",
            json!(target.arn(&format!("functions/{function}"))),
        );
    }
    if row.kind == triggers::HTTP && !row.prefix.is_empty() {
        let domains = address::domains(&row.prefix, &target.region);
        let [internet, intranet] = domains.map(|domain| format!("https://{domain}"));
        match target.generation {
            Generation::V2023 => {
                put(
                    "httpTrigger",
                    json!({"urlInternet": internet, "urlIntranet": intranet}),
                );
            }
            Generation::V2016 | Generation::V2021 => {
                put("urlInternet", json!(internet));
                put("urlIntranet", json!(intranet));
            }
        }
    }
    shown
}

/// The ARN of the function whose settings these are (FC 3.0). The latest version has none behind it.
pub(crate) fn arn_of(target: &Target, row: &ConfigRow) -> String {
    let function = format!("functions/{}", row.function);
    target.arn(&match row.qualifier.as_str() {
        LATEST => function,
        qualifier => format!("{function}/{qualifier}"),
    })
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

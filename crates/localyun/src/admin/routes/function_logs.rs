//! The logs of functions' invocations.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use chrono::SecondsFormat;
use fc::LogsOf;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use crate::Cloud;

pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new().route("/_localyun/function-logs", get(logs))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    function: String,
    #[serde(default = "default_region")]
    region: String,
    #[serde(default = "default_account")]
    account: String,
    /// The number of the last invocation that is known already.
    #[serde(default)]
    after: u64,
}

fn default_region() -> String {
    gateway::region::DEFAULT.to_owned()
}

fn default_account() -> String {
    identity::DEFAULT_ACCOUNT.to_owned()
}

/// What is kept of a function's invocations, the oldest first.
async fn logs(State(cloud): App, Query(asked): Query<Asked>) -> Json<Value> {
    let of = LogsOf {
        account: &asked.account,
        region: &asked.region,
        function: &asked.function,
    };
    let (found, last) = cloud.fc.logs.after(asked.after, of);
    let shown = found.into_iter().map(|log| {
        json!({
            "number": log.number,
            "began": log.began.to_rfc3339_opts(SecondsFormat::Millis, true),
            "request_id": log.request_id,
            "error": log.error.map(|error| error.as_str()),
            "text": String::from_utf8_lossy(&log.text),
        })
    });
    Json(json!({"invocations": shown.collect::<Vec<_>>(), "last": last}))
}

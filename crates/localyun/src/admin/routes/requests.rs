//! The last requests, and why each was answered as it was.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use chrono::SecondsFormat;
use gateway::{Record, Report};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{App, Refusal};
use crate::Cloud;

pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/_localyun/requests", get(list))
        .route("/_localyun/requests/{id}", get(explain))
}

/// How many requests are listed if nobody says.
const USUAL: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    limit: Option<usize>,
}

/// The latest requests, the newest first.
async fn list(
    State(cloud): App,
    listing: Result<Query<Listing>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let wanted = |error| {
        let text = format!("the one parameter is limit=N, the number of requests: {error}");
        Refusal(StatusCode::BAD_REQUEST, text)
    };
    let Query(Listing { limit }) = listing.map_err(wanted)?;
    let latest = cloud.gateway.records.latest(limit.unwrap_or(USUAL));
    let lines: Vec<Line> = latest.iter().map(|record| Line::of(record)).collect();
    Ok(Json(json!({ "requests": lines })))
}

/// One request in a list.
#[derive(Debug, Serialize)]
struct Line {
    id: String,
    time: String,
    service: &'static str,
    operation: Option<&'static str>,
    method: String,
    host: String,
    path: String,
    status: u16,
    code: Option<&'static str>,
    caller: Option<String>,
    allowed: bool,
    took_micros: u64,
}

impl Line {
    fn of(record: &Record) -> Self {
        Self {
            id: record.id.to_string(),
            time: record.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            service: record.service,
            operation: record.op,
            method: record.head.method().to_owned(),
            host: record.head.host().to_owned(),
            path: record.head.path().to_owned(),
            status: record.status,
            code: record.code,
            caller: record.caller.as_ref().map(|caller| caller.principal.arn()),
            allowed: record.asked.iter().all(|asked| asked.decision.is_allow()),
            took_micros: u64::try_from(record.took.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// A report for programs, with the same for people.
#[derive(Debug, Serialize)]
struct Explained {
    #[serde(flatten)]
    report: Report,
    text: String,
}

/// Everything about one request: its id, or `latest` for the last one that failed.
async fn explain(State(cloud): App, Path(id): Path<String>) -> Result<Json<Explained>, Refusal> {
    let records = &cloud.gateway.records;
    let record = match id.as_str() {
        "latest" => records.latest_failure(),
        id => records.find(id),
    };
    let record = record.ok_or_else(|| Refusal::gone(&id))?;
    let report = cloud.report(&record).await;
    let text = report.to_string();
    Ok(Json(Explained { report, text }))
}

impl Refusal {
    fn gone(id: &str) -> Self {
        use gateway::record::{KEPT, KEPT_REFUSED};
        let text = match id {
            "latest" => "none of the requests that are kept has failed".to_owned(),
            id => format!(
                "no request with the id {id} is kept: a server keeps the last {KEPT_REFUSED} that failed and the last \
                 {KEPT} others of those that were sent to its services, and forgets them when it is reset or ends"
            ),
        };
        Self(StatusCode::NOT_FOUND, text)
    }
}

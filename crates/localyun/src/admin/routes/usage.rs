//! Which permissions were asked for.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{App, Refusal, parse};
use crate::Cloud;
use crate::least::replay::{Answer, Question};
use crate::least::usage::{Usage, Wanted};

pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/_localyun/usage", get(show).delete(forget))
        .route("/_localyun/usage/replay", post(replay))
}

async fn show(
    State(cloud): App,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Usage>, Refusal> {
    let Query(wanted) = wanted.map_err(|wrong| {
        let text =
            "usage takes since=2026-01-02T03:04:05Z and principal=ARN, both of them optional";
        bad(format!("{text}; got this wrong: {}", wrong.body_text()))
    })?;
    Usage::of(&cloud.gateway, &wanted).map(Json).map_err(bad)
}

async fn forget(State(cloud): App) -> Json<Value> {
    cloud.gateway.records.forget_used();
    Json(json!({"status": "forgotten"}))
}

async fn replay(State(cloud): App, body: bytes::Bytes) -> Result<Json<Answer>, Refusal> {
    let wanted =
        "a replay is {\"principal\": ARN, \"policies\": [DOCUMENT, ...], \"since\": TIME or null}";
    let question: Question = parse(&body, wanted)?;
    question.answer(&cloud.gateway).map(Json).map_err(bad)
}

fn bad(text: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, text)
}

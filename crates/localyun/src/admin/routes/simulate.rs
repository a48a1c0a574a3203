//! Permission questions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};

use super::{App, Refusal, parse};
use crate::Cloud;
use crate::simulate::{Answer, Asking, Matrix, Wrong, matrix, simulate};

pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/_localyun/simulate", post(ask))
        .route("/_localyun/simulate/all", post(ask_all))
}

const WANTED: &str = "a question is {\"principal\": \"user/anna\", \"action\": \"oss:GetObject\", \
                      \"resource\": \"oss://bucket/key\", \"context\": [[\"acs:SourceIp\", \"192.0.2.1\"]], \
                      \"session_policy\": \"{...}\"}";

/// Whether one principal may do one thing, and why.
async fn ask(State(cloud): App, body: bytes::Bytes) -> Result<Json<Answer>, Refusal> {
    let asking: Asking = parse(&body, WANTED)?;
    let _running = cloud.running().await;
    Ok(Json(simulate(&cloud, &asking).await?))
}

/// Everything that one principal may do.
async fn ask_all(State(cloud): App, body: bytes::Bytes) -> Result<Json<Matrix>, Refusal> {
    let asking: Asking = parse(&body, WANTED)?;
    let _running = cloud.running().await;
    Ok(Json(matrix(&cloud, &asking).await?))
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        Self(StatusCode::BAD_REQUEST, wrong.0)
    }
}

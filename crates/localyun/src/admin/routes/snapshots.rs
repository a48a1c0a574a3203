//! Named snapshots of everything that is stored.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use store::Error;

use super::{App, Refusal};
use crate::Cloud;

pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/_localyun/snapshots", get(list))
        .route("/_localyun/snapshots/{name}", post(save).delete(delete))
        .route("/_localyun/snapshots/{name}/restore", post(restore))
}

type Answer = Result<Json<Value>, Refusal>;

async fn list(State(cloud): App) -> Answer {
    let names = cloud.store.snapshots().map_err(|error| refuse(&error))?;
    Ok(Json(json!({"snapshots": names})))
}

async fn save(State(cloud): App, Path(name): Path<String>) -> Answer {
    check(&name)?;
    let saved = cloud.store.save_snapshot(&name);
    saved.map_err(|error| refuse(&error))?;
    Ok(Json(json!({"status": "saved", "snapshot": name})))
}

async fn restore(State(cloud): App, Path(name): Path<String>) -> Answer {
    let restored = cloud.restore_snapshot(&name).await;
    found(&name, restored)?;
    Ok(Json(json!({"status": "restored", "snapshot": name})))
}

async fn delete(State(cloud): App, Path(name): Path<String>) -> Answer {
    found(&name, cloud.store.delete_snapshot(&name))?;
    Ok(Json(json!({"status": "deleted", "snapshot": name})))
}

/// 1 to 64 letters, digits, dots, hyphens and underscores.
fn check(name: &str) -> Result<(), Refusal> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match (1..=64).contains(&name.len()) && name.chars().all(legal) {
        true => Ok(()),
        false => Err(Refusal(
            StatusCode::BAD_REQUEST,
            format!("a snapshot's name is 1 to 64 letters, digits and . - _, and `{name}` is not"),
        )),
    }
}

fn found(name: &str, outcome: Result<bool, Error>) -> Result<(), Refusal> {
    match outcome {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal(
            StatusCode::NOT_FOUND,
            format!(
                "there is no snapshot `{name}`; `localyun snapshot list` shows those there are"
            ),
        )),
        Err(error) => Err(refuse(&error)),
    }
}

fn refuse(error: &Error) -> Refusal {
    match error {
        Error::Unsupported(_) => Refusal(
            StatusCode::NOT_IMPLEMENTED,
            "this server keeps its data on disk, where it cannot take named snapshots: start one without --data, or \
             stop it and copy the data folder"
                .to_owned(),
        ),
        error => Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

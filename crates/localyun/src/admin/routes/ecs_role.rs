//! The role of the ECS instance that the metadata service speaks for.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use identity::arn::RoleArn;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, Refusal, parse};
use crate::{Cloud, RoleSpec};

pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new().route("/_localyun/ecs-role", get(show).put(set).delete(unset))
}

/// Where the metadata service listens on its own, if it does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listener(pub(super) Option<SocketAddr>);

/// What `health` says of the metadata service.
pub(super) fn state(cloud: &Cloud, listener: Listener) -> Value {
    let role = cloud.metadata.role();
    json!({
        "url": listener.0.map(|address| format!("http://{address}")),
        "token_required": cloud.config().metadata_token_required,
        "role": role.as_ref().map(|role| &role.name),
        "role_arn": role.as_ref().map(ToString::to_string),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    role: String,
}

async fn show(State(cloud): App) -> Json<Value> {
    Json(said(cloud.metadata.role().as_ref()))
}

async fn set(State(cloud): App, body: bytes::Bytes) -> Result<Json<Value>, Refusal> {
    let wanted: Wanted = parse(&body, "the role of the instance is {\"role\": \"NAME\"}")?;
    let role: RoleSpec = wanted
        .role
        .parse()
        .map_err(|why| Refusal(StatusCode::BAD_REQUEST, why))?;
    let _running = cloud.running().await;
    cloud.metadata.set_role(Some(role.0.clone()));
    tracing::info!(role = %role.0, "the ECS instance was given a role");
    Ok(Json(said(Some(&role.0))))
}

async fn unset(State(cloud): App) -> Json<Value> {
    let _running = cloud.running().await;
    cloud.metadata.set_role(None);
    tracing::info!("the ECS instance has no role any more");
    Json(said(None))
}

fn said(role: Option<&RoleArn>) -> Value {
    json!({
        "role": role.map(|role| &role.name),
        "role_arn": role.map(ToString::to_string),
    })
}

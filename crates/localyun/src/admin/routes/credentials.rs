//! Credentials by URL (`ALIBABA_CLOUD_CREDENTIALS_URI`), and the URLs themselves.
//!
//! `/_localyun/credentials/ROLE` belongs to the admin API. `/_localyun/credentials/ROLE/SECRET` is for those who cannot
//! send its token, such as an SDK in another container: the URL is the permission, for that role alone.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::SecondsFormat;
use gateway::{Fault, Issued};
use identity::arn::RoleArn;
use serde_json::{Value, json};
use signature::Secret;

use super::{App, Refusal};
use crate::admin::same;
use crate::{Cloud, RoleSpec};

/// What the paths begin with.
const PREFIX: &str = "/_localyun/credentials/";

/// The pages that the admin API guards.
pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/_localyun/credentials/{role}", get(credentials))
        .route("/_localyun/credentials-uri/{role}", get(uri))
}

/// The page that guards itself; nothing else may ever be in here.
pub(super) fn open(cloud: Arc<Cloud>) -> Router {
    Router::new()
        .route(
            "/_localyun/credentials/{role}/{secret}",
            get(credentials_by_secret),
        )
        .fallback(forbidden)
        .with_state(cloud)
}

/// Whether a path is for [`open`]: it has something after the role.
pub(in crate::admin) fn is_open(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.contains('/'))
}

async fn credentials(State(cloud): App, Path(role): Path<String>) -> Response {
    let _running = cloud.running().await;
    match role.parse::<RoleSpec>() {
        Ok(role) => lend(&cloud, &role.0).await,
        Err(why) => Refusal(StatusCode::BAD_REQUEST, why).into_response(),
    }
}

async fn credentials_by_secret(
    State(cloud): App,
    Path((role, secret)): Path<(String, String)>,
) -> Response {
    let Ok(RoleSpec(role)) = role.parse::<RoleSpec>() else {
        return forbidden().await;
    };
    let _running = cloud.running().await;
    match opens(&cloud, &role, &secret).await {
        Ok(true) => lend(&cloud, &role).await,
        Ok(false) => forbidden().await,
        Err(fault) => Refusal::from(fault).into_response(),
    }
}

/// The same answer for a role that does not exist: who has no secret learns nothing.
async fn forbidden() -> Response {
    let said = json!({
        "Code": "Forbidden",
        "Message": "localyun: the end of this URL is not the secret of the role; `localyun env --role ROLE` says the \
                    whole URL",
    });
    (StatusCode::FORBIDDEN, Json(said)).into_response()
}

async fn opens(cloud: &Cloud, role: &RoleArn, secret: &str) -> Result<bool, Fault> {
    let own = cloud.identity.lending_secret(role).await?;
    let name = role.to_string();
    let lent = cloud.config().lent.iter();
    let given = lent.filter(|lent| lent.role.0.to_string() == name);
    let good = |known: &Secret| same(secret, known);
    Ok(given.map(|lent| &lent.secret).chain([&own]).any(good))
}

async fn lend(cloud: &Cloud, role: &RoleArn) -> Response {
    let now = cloud.gateway.clock.now();
    match cloud.identity.lend(role, &now).await {
        Ok(issued) => {
            let fresh = [(header::CACHE_CONTROL, "no-store")];
            (fresh, Json(document(&issued))).into_response()
        }
        Err(fault) if fault.status().is_server_error() => Refusal::from(fault).into_response(),
        Err(fault) => {
            let role = role.to_string();
            tracing::warn!(role, why = %fault, "no credentials by URL for a role");
            let said = json!({"Code": fault.code(), "Message": fault.text()});
            (fault.status(), Json(said)).into_response()
        }
    }
}

fn document(issued: &Issued) -> Value {
    let ends = issued.expiration.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "Code": "Success",
        "AccessKeyId": issued.access_key_id,
        "AccessKeySecret": issued.access_key_secret.expose(),
        "SecurityToken": issued.security_token.expose(),
        "Expiration": ends,
    })
}

/// The whole URL, under the name by which the server was asked.
async fn uri(
    State(cloud): App,
    Path(role): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let bad = |why| Refusal(StatusCode::BAD_REQUEST, why);
    let spec: RoleSpec = role.parse().map_err(bad)?;
    let _running = cloud.running().await;
    let secret = cloud.identity.lending_secret(&spec.0).await?;
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.ok_or_else(|| bad("the request has no Host".to_owned()))?;
    let RoleArn { account, name } = &spec.0;
    let role = match account == identity::DEFAULT_ACCOUNT {
        true => name.clone(),
        false => format!("{account}:{name}"),
    };
    let uri = format!("http://{host}{PREFIX}{role}/{}", secret.expose());
    Ok(Json(json!({ "role": spec.0.to_string(), "uri": uri })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_on_after_the_role_is_open() {
        assert!(is_open("/_localyun/credentials/app/secret"));
        assert!(is_open("/_localyun/credentials/app/"));
        for closed in [
            "/_localyun/credentials/app",
            "/_localyun/credentials/",
            "/_localyun/credentials",
            "/_localyun/credentials-uri/app/x",
            "/_localyun/reset",
            "/_localyun/../_localyun/credentials/a/b",
        ] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}

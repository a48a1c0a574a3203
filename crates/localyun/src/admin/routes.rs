//! The admin API, route by route.

mod credentials;
mod ecs_role;
mod function_logs;
mod oidc_tokens;
mod requests;
mod simulate;
mod snapshots;
mod usage;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use gateway::Fault;
use identity::oidc::IssuerKeysError;
use identity::{AccountError, FirstKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Cloud;
use crate::invoke::{Prepare, Prepared};

type App = State<Arc<Cloud>>;

pub(super) use credentials::is_open;

use ecs_role::Listener;

/// The pages that are for those who are let in. `metadata` is where the metadata service listens.
pub(super) fn router(cloud: Arc<Cloud>, metadata: Option<SocketAddr>) -> Router {
    Router::new()
        .route("/_localyun/health", get(health))
        .route("/_localyun/reset", post(reset))
        .route("/_localyun/clock", get(read_clock).post(move_clock))
        .route("/_localyun/accounts", get(accounts).post(create_account))
        .route("/_localyun/oidc-keys", post(put_issuer_keys))
        .route("/_localyun/prepare", post(prepare))
        .merge(credentials::router())
        .merge(ecs_role::router())
        .merge(function_logs::router())
        .merge(oidc_tokens::router())
        .merge(requests::router())
        .merge(simulate::router())
        .merge(snapshots::router())
        .merge(usage::router())
        .layer(Extension(Listener(metadata)))
        .fallback(unknown)
        .with_state(cloud)
}

/// The pages that guard themselves.
pub(super) fn open(cloud: Arc<Cloud>) -> Router {
    credentials::open(cloud)
}

/// What a server says of itself.
async fn health(State(cloud): App, Extension(metadata): Extension<Listener>) -> Json<Value> {
    Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "services": ["bssopenapi", "fc", "ims", "location", "oss", "ram", "sts"],
        "auth": cloud.config().auth.name(),
        "storage": cloud.store.backend(),
        "data": cloud.store.path(),
        "account": identity::DEFAULT_ACCOUNT,
        "region": gateway::region::DEFAULT,
        "metadata": ecs_role::state(&cloud, metadata),
        "functions": functions(&cloud).await,
        "uptime_seconds": cloud.gateway.clock.monotonic().as_secs(),
    }))
}

/// What keeps functions apart, and how many instances there are.
async fn functions(cloud: &Cloud) -> Value {
    let known = cloud.isolated().await;
    let known = known.as_ref();
    let pool = cloud.pool().report();
    json!({
        "sandbox": {
            "wanted": cloud.isolation().wanted().as_str(),
            "active": known.map(|report| report.level.as_str()),
            "reason": known.and_then(|report| report.reason.as_deref()),
            "memory": known.map(|report| report.memory.to_string()),
            "processes": known.map(|report| report.processes),
            "own_network": known.map(|report| report.own_network),
            "file_rules": known.map(|report| report.file_rules),
            "call_filter": known.map(|report| report.call_filter),
            "own_user": known.map(|report| report.own_user),
        },
        "instances": pool.instances,
        "idle": pool.idle,
    })
}

/// Back to a fresh start.
async fn reset(State(cloud): App) -> Result<Json<Value>, Refusal> {
    cloud.reset().await?;
    // Timers count from the clock as it is now, whoever moves it next.
    cloud.look_at_timers().await;
    Ok(Json(json!({"status": "reset"})))
}

/// The wall and virtual clocks.
#[derive(Debug, Serialize)]
struct ClockReading {
    wall: String,
    r#virtual: String,
    offset_seconds: i64,
}

async fn read_clock(State(cloud): App) -> Json<ClockReading> {
    Json(reading(&cloud))
}

fn reading(cloud: &Cloud) -> ClockReading {
    let now = cloud.gateway.clock.now();
    let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    ClockReading {
        wall: text(now.wall),
        r#virtual: text(now.virtual_),
        offset_seconds: (now.virtual_ - now.wall).num_seconds(),
    }
}

/// A move of the virtual clock: one of the two.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum ClockMove {
    AdvanceSeconds(i64),
    Set(DateTime<Utc>),
}

async fn move_clock(State(cloud): App, body: bytes::Bytes) -> Result<Json<ClockReading>, Refusal> {
    let wanted =
        "a move of the clock is {\"advance_seconds\": N} or {\"set\": \"2026-01-02T03:04:05Z\"}";
    let clock = &cloud.gateway.clock;
    match parse::<ClockMove>(&body, wanted)? {
        ClockMove::AdvanceSeconds(seconds) => {
            // Steps add up, so what counts is where this one leads.
            let by = TimeDelta::try_seconds(seconds).filter(|by| {
                let offset = clock.offset().checked_add(by);
                offset.is_some_and(|offset| offset.abs() <= FARTHEST)
            });
            clock.advance(by.ok_or_else(|| Refusal::too_far(seconds))?)
        }
        ClockMove::Set(to) if (to - clock.wall()).abs() <= FARTHEST => clock.set(to),
        ClockMove::Set(to) => return Err(Refusal::too_far((to - clock.wall()).num_seconds())),
    };
    // So that whatever comes of the move is in the queue once this is answered.
    cloud.look_at_timers().await;
    let reading = reading(&cloud);
    tracing::info!(
        virtual_time = reading.r#virtual,
        "the virtual clock was moved"
    );
    Ok(Json(reading))
}

/// A hundred years: farther than any rule of the services looks, and far from overflow.
const FARTHEST: TimeDelta = TimeDelta::days(36_525);

/// Every account.
async fn accounts(State(cloud): App) -> Result<Json<Value>, Refusal> {
    let accounts = cloud.identity.accounts().await?;
    Ok(Json(json!({ "accounts": accounts })))
}

/// The account to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedAccount {
    uid: Option<String>,
    alias: Option<String>,
}

/// Makes an account, and answers the keys that it has from the start.
async fn create_account(State(cloud): App, body: bytes::Bytes) -> Result<Json<Value>, Refusal> {
    let wanted =
        "an account is {\"uid\": \"16 digits\", \"alias\": \"my-company\"}, both of them optional";
    let wanted: WantedAccount = parse(&body, wanted)?;
    let _running = cloud.running().await;
    let (uid, alias) = (wanted.uid.as_deref(), wanted.alias.as_deref());
    let now = cloud.now();
    let account = cloud.identity.create_account(uid, alias, now).await?;
    tracing::info!(uid = account.uid, "an account was made");
    let key = |key: FirstKey| {
        json!({
            "access_key_id": key.id,
            "access_key_secret": key.secret.expose(),
        })
    };
    let mut administrator = key(FirstKey::of_administrator(&account.uid));
    administrator["user_name"] = json!(identity::bootstrap::DEFAULT_USER);
    Ok(Json(json!({
        "uid": account.uid,
        "alias": account.alias,
        "created": account.created,
        "administrator": administrator,
        "root": key(FirstKey::of_root(&account.uid)),
    })))
}

/// The keys of an issuer of OpenID Connect tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerKeys {
    issuer: String,
    jwks: Value,
}

/// Says which keys an issuer signs with, for issuers that this machine cannot be asked for theirs.
async fn put_issuer_keys(State(cloud): App, body: bytes::Bytes) -> Result<Json<Value>, Refusal> {
    let wanted =
        "the keys of an issuer are {\"issuer\": \"https://...\", \"jwks\": {\"keys\": [...]}}";
    let IssuerKeys { issuer, jwks } = parse(&body, wanted)?;
    let _running = cloud.running().await;
    let jwks = jwks.to_string();
    match cloud.identity.put_issuer_keys(&issuer, &jwks).await {
        Ok(()) => Ok(Json(json!({ "issuer": issuer }))),
        Err(IssuerKeysError::Failed(fault)) => Err(fault.into()),
        Err(IssuerKeysError::NoKeys(why)) => {
            let text = format!("`jwks` is not a JSON Web Key Set: {why}");
            Err(Refusal(StatusCode::BAD_REQUEST, text))
        }
    }
}

/// Makes what an invocation needs: see [`crate::invoke`].
async fn prepare(State(cloud): App, body: bytes::Bytes) -> Result<Json<Prepared>, Refusal> {
    let wanted = "the body is what `localyun invoke` sends";
    let prepare: Prepare = parse(&body, wanted)?;
    let _running = cloud.running().await;
    let prepared = prepare.run(&cloud).await;
    prepared
        .map(Json)
        .map_err(|sentence| Refusal(StatusCode::BAD_REQUEST, sentence))
}

async fn unknown() -> Refusal {
    let text =
        "no such page of the admin API; there are health, reset, clock, accounts, credentials, credentials-uri, \
         ecs-role, function-logs, oidc-keys, oidc-tokens, requests, simulate, snapshots and usage"
            .to_owned();
    Refusal(StatusCode::NOT_FOUND, text)
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8], wanted: &str) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal(
            StatusCode::BAD_REQUEST,
            format!("{wanted}; got this wrong: {error}"),
        )
    })
}

/// Why the admin API did not do something.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl Refusal {
    fn too_far(seconds: i64) -> Self {
        let text =
            format!("{seconds} s leads farther than the clock goes: 100 years in either direction");
        Self(StatusCode::BAD_REQUEST, text)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let cause = fault
            .cause()
            .map_or_else(|| fault.to_string(), ToString::to_string);
        Self(StatusCode::INTERNAL_SERVER_ERROR, cause)
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        let status = match error {
            AccountError::Uid(_) | AccountError::Alias(_) => StatusCode::BAD_REQUEST,
            AccountError::UidTaken(_) | AccountError::AliasTaken(_) => StatusCode::CONFLICT,
            AccountError::Failed(fault) => return fault.into(),
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

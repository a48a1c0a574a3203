//! Tokens of OpenID Connect for tests.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use identity::oidc::{LONGEST_ISSUER, NewToken, TokenError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, Refusal, parse};
use crate::Cloud;

/// The longest subject and audience, in bytes: more makes a token that no service takes.
const LONGEST: usize = 1024;
/// How long a token may live, in seconds: a year.
const LIFE: std::ops::RangeInclusive<u32> = 1..=31_536_000;

pub(super) fn router() -> Router<Arc<Cloud>> {
    Router::new().route("/_localyun/oidc-tokens", post(make))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    issuer: String,
    subject: String,
    audience: String,
    #[serde(default = "hour")]
    seconds: u32,
}

fn hour() -> u32 {
    3600
}

async fn make(State(cloud): App, body: bytes::Bytes) -> Result<Json<Value>, Refusal> {
    let wanted = "a token is {\"issuer\": \"https://...\", \"subject\": \"...\", \"audience\": \"...\"}, with \
                  \"seconds\" if it is to live longer or shorter than an hour";
    let wanted: Wanted = parse(&body, wanted)?;
    wanted.check()?;
    let _running = cloud.running().await;
    let new = NewToken {
        issuer: &wanted.issuer,
        subject: &wanted.subject,
        audience: &wanted.audience,
        seconds: wanted.seconds,
    };
    let now = cloud.gateway.clock.now();
    match cloud.identity.make_token(new, &now).await {
        Ok(token) => Ok(Json(json!({"token": token.expose()}))),
        Err(error @ TokenError::OtherKeys(_)) => {
            Err(Refusal(StatusCode::CONFLICT, error.to_string()))
        }
        Err(TokenError::Failed(fault)) => Err(fault.into()),
    }
}

impl Wanted {
    fn check(&self) -> Result<(), Refusal> {
        let bad = |why: String| Err(Refusal(StatusCode::BAD_REQUEST, why));
        for (name, text, longest) in [
            ("issuer", &self.issuer, LONGEST_ISSUER),
            ("subject", &self.subject, LONGEST),
            ("audience", &self.audience, LONGEST),
        ] {
            if text.is_empty() || text.len() > longest {
                return bad(format!("`{name}` must have 1 to {longest} characters"));
            }
        }
        match LIFE.contains(&self.seconds) {
            true => Ok(()),
            false => bad(format!(
                "`seconds` must be from {} to {}, and {} is not",
                LIFE.start(),
                LIFE.end(),
                self.seconds
            )),
        }
    }
}

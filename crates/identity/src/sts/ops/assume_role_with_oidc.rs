//! AssumeRoleWithOIDC: temporary credentials of a role, for whoever brings a token of an OpenID Connect provider.
//! Unsigned; the role's trust policy alone decides.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc>

use chrono::{DateTime, TimeDelta, Utc};
use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Head, Op};
use policy::Context;
use serde_json::json;

use crate::arn::{BadArn, OIDC, ProviderArn, RoleArn};
use crate::jwt::{Claims, Token};
use crate::oidc::Provider;
use crate::sts::federated::Federated;
use crate::sts::{On, Sts, session};
use crate::{fault, rpc, time, trust};

pub(crate) const OP: Op<Sts> = Op {
    name: "AssumeRoleWithOIDC",
    route: On::Token,
    // Asked for once the token has said who asks.
    action: Action::PerItem(trust::ASSUME_ROLE),
    run: |call| Box::pin(run(call)),
};

/// How far ahead the clock of an issuer may be.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

async fn run(mut call: Call<Sts>) -> Result<Reply, Fault> {
    let head = call.head.clone();
    let provider_arn = rpc::need(&head, "OIDCProviderArn")?;
    let role_arn = rpc::need(&head, "RoleArn")?;
    if RoleArn::parse(role_arn) == Err(BadArn::Malformed) {
        return Err(fault::role_arn());
    }
    let token = Token::read(head.param("OIDCToken").unwrap_or_default())?;
    let session_name = session::name(&head)?;
    let identity = call.service.identity.clone();
    let policy = session::policy(&identity, &head)?;
    let seconds = session::seconds(&head)?;

    let account = check_token(&call, provider_arn, &token).await?;
    let session = Federated {
        provider: provider_arn,
        account: &account,
        role_arn,
        session_name,
        policy,
        seconds,
    };
    let mut answer = session.open(&mut call).await?;
    answer.oidc_token_info = Some(describe(&token.claims));
    Ok(Reply::of(&answer))
}

/// Proves the token: its provider, its times, its signature. Returns the provider's account.
async fn check_token(
    call: &Call<Sts>,
    provider_arn: &str,
    token: &Token<'_>,
) -> Result<String, Fault> {
    let wanted =
        ProviderArn::parse(provider_arn, OIDC).ok_or_else(fault::no_such_provider_to_trust)?;
    let identity = &call.service.identity;
    let provider = identity.provider(&wanted.account, &wanted.name).await?;
    let provider = provider.ok_or_else(fault::no_such_provider_to_trust)?;
    if provider.issuer != token.claims.issuer {
        return Err(fault::no_such_provider_to_trust());
    }
    let meant = |audience: &String| provider.client_ids.contains(audience);
    if !token.claims.audience.iter().any(meant) {
        return Err(fault::audience_not_match());
    }
    check_times(call, &provider, &token.claims)?;
    if call.is_unchecked() {
        return Ok(wanted.account);
    }
    let issuers = &*call.service.api.issuers;
    let keys = identity.issuer_keys(&provider.issuer, issuers).await?;
    match token.is_signed_by(&keys) {
        true => Ok(wanted.account),
        false => Err(fault::token_signature()),
    }
}

/// The issuer's clock is not moved with the virtual one, so a token's life is counted from the virtual time at which it
/// was issued.
fn check_times(call: &Call<Sts>, provider: &Provider, claims: &Claims) -> Result<(), Fault> {
    let issued = instant(claims.issued)?;
    let life = instant(claims.expires)? - issued;
    if issued > call.now.wall.max(call.now.virtual_) + AHEAD {
        return Err(fault::unrecognized_token());
    }
    let age = call.now.virtual_ - call.virtual_at(issued);
    let oldest = TimeDelta::hours(i64::from(provider.issuance_limit));
    match age >= life || age > oldest {
        true => Err(fault::token_expired()),
        false => Ok(()),
    }
}

fn instant(seconds: i64) -> Result<DateTime<Utc>, Fault> {
    let year = |at: &DateTime<Utc>| (0..=9999).contains(&chrono::Datelike::year(at));
    let at = DateTime::from_timestamp(seconds, 0).filter(year);
    at.ok_or_else(fault::unrecognized_token)
}

/// The condition keys that a trust policy may ask for (spec/identity.md §2.5). Nothing is asked for before the token
/// has been proven.
pub(crate) fn conditions(head: &Head, context: &mut Context) {
    let Ok(token) = Token::read(head.param("OIDCToken").unwrap_or_default()) else {
        return;
    };
    context.insert("oidc:iss", token.claims.issuer);
    context.insert("oidc:sub", token.claims.subject);
    for audience in token.claims.audience {
        context.insert("oidc:aud", audience);
    }
}

fn describe(claims: &Claims) -> serde_json::Value {
    let text = |seconds| DateTime::from_timestamp(seconds, 0).map(time::iso);
    json!({
        "Subject": claims.subject,
        "Issuer": claims.issuer,
        "ClientIds": claims.audience.join(","),
        "ExpirationTime": text(claims.expires),
        "IssuanceTime": text(claims.issued),
        "VerificationInfo": "Success",
    })
}

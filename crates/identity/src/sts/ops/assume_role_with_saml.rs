//! AssumeRoleWithSAML: temporary credentials of a role, for whoever brings a response of a provider of SAML. Unsigned; the
//! assertion in the response and the role's trust policy decide.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerolewithsaml>

use chrono::TimeDelta;
use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Head, Op};
use policy::Context;
use serde_json::json;

use crate::arn::{ProviderArn, RoleArn, SAML};
use crate::saml::{Assertion, Metadata, Response};
use crate::sts::federated::Federated;
use crate::sts::{On, Sts, session};
use crate::{fault, names, rpc, trust};

pub(crate) const OP: Op<Sts> = Op {
    name: "AssumeRoleWithSAML",
    route: On::Assertion,
    // Asked for once the assertion has said who asks.
    action: Action::PerItem(trust::ASSUME_ROLE),
    run: |call| Box::pin(async { run(call).await.map_err(fault::in_words_of_saml) }),
};

/// How far ahead the clock of a provider may be.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

async fn run(mut call: Call<Sts>) -> Result<Reply, Fault> {
    let head = call.head.clone();
    let need = |name| rpc::given(&head, name).ok_or_else(|| fault::missing_for_saml(name));
    let provider = need("SAMLProviderArn")?;
    let role_arn = need("RoleArn")?;
    let response = Response::read(need("SAMLAssertion")?).ok_or_else(fault::invalid_assertion)?;
    let identity = call.service.identity.clone();
    let policy = session::policy(&identity, &head)?;
    let seconds = session::seconds(&head)?;
    let wanted = RoleArn::parse(role_arn).map_err(|_| fault::no_such_role_for_saml())?;

    let account = check(&call, provider, &response).await?;
    let assertion = &response.assertion;
    if !names::is_federated_session_name(&assertion.session_name) {
        return Err(fault::role_session_name());
    }
    if !allows(assertion, &wanted, provider) {
        return Err(fault::invalid_assertion());
    }
    let session = Federated {
        provider,
        account: &account,
        role_arn,
        session_name: &assertion.session_name,
        policy,
        seconds,
    };
    let mut answer = session.open(&mut call).await?;
    answer.saml_assertion_info = Some(json!({
        "SubjectType": assertion.subject_type,
        "Subject": assertion.subject,
        "Recipient": assertion.recipient,
        "Issuer": assertion.issuer,
    }));
    Ok(Reply::of(&answer))
}

/// Proves the assertion: its provider, its signature, its times. Returns the provider's account.
async fn check(call: &Call<Sts>, provider: &str, response: &Response) -> Result<String, Fault> {
    let unknown = fault::no_such_saml_provider_to_trust;
    let wanted = ProviderArn::parse(provider, SAML).ok_or_else(unknown)?;
    let identity = &call.service.identity;
    let provider = identity
        .saml_provider(&wanted.account, &wanted.name)
        .await?;
    let metadata = Metadata::read(&provider.ok_or_else(unknown)?.metadata);
    let holds = |metadata: &Metadata| {
        metadata
            .valid_until
            .is_none_or(|end| call.now.virtual_ < end)
    };
    let metadata = metadata.filter(holds).ok_or_else(fault::saml_metadata)?;
    let signed = call.is_unchecked() || response.is_signed_by(&metadata);
    if response.assertion.issuer != metadata.entity_id || !signed {
        return Err(fault::invalid_assertion());
    }
    check_times(call, &response.assertion)?;
    Ok(wanted.account)
}

/// The provider's clock is not moved with the virtual one, so an assertion's times are counted from the virtual time at
/// which it was made.
fn check_times(call: &Call<Sts>, assertion: &Assertion) -> Result<(), Fault> {
    let issued = assertion.issued;
    if issued > call.now.wall.max(call.now.virtual_) + AHEAD {
        return Err(fault::invalid_assertion());
    }
    let age = call.now.virtual_ - call.virtual_at(issued);
    let early = |begin| age + AHEAD < begin - issued;
    if assertion.not_before.is_some_and(early) {
        return Err(fault::invalid_assertion());
    }
    match age >= assertion.not_after - issued {
        true => Err(fault::assertion_expired()),
        false => Ok(()),
    }
}

/// Whether the assertion names the role, whatever its case, together with the provider.
fn allows(assertion: &Assertion, wanted: &RoleArn, provider: &str) -> bool {
    let same = |role: &str| RoleArn::parse(role).is_ok_and(|r| r.to_string() == wanted.to_string());
    let pair = |(role, by): &(String, String)| by == provider && same(role);
    assertion.roles.iter().any(pair)
}

/// The one condition key that a trust policy may ask for
/// (<https://www.alibabacloud.com/help/en/ram/user-guide/create-a-ram-role-for-a-trusted-idp>). Nothing is asked for before
/// the assertion has been proven.
pub(crate) fn conditions(head: &Head, context: &mut Context) {
    if let Some(response) = rpc::given(head, "SAMLAssertion").and_then(Response::read) {
        context.insert("saml:recipient", response.assertion.recipient);
    }
}

//! CreateOIDCProvider: makes a provider of OpenID Connect.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-createoidcprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::provider_lists::{CLIENT_IDS, FINGERPRINTS};
use crate::ims::{Ims, On, params, show};
use crate::oidc::{Provider, USUAL_ISSUANCE_LIMIT};

pub(super) const OP: Op<Ims> = Op {
    name: "CreateOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:CreateOIDCProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let new = Provider {
        name: call.target.name.clone(),
        issuer: params::issuer(head)?.to_owned(),
        client_ids: CLIENT_IDS.read(head)?.unwrap_or_default(),
        fingerprints: FINGERPRINTS.read(head)?.unwrap_or_default(),
        description: params::description(head, "Description")?.unwrap_or_default(),
        issuance_limit: params::issuance_limit(head)?.unwrap_or(USUAL_ISSUANCE_LIMIT),
        ..Provider::default()
    };
    let (identity, account) = (&call.service.identity, &call.target.account);
    let provider = identity
        .create_provider(account, new, call.now.virtual_)
        .await?;
    Ok(show::one(account, &provider))
}

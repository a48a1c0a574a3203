//! UpdateOIDCProvider: changes a provider of OpenID Connect. Its client ids are replaced, all of them.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-updateoidcprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::provider_lists::CLIENT_IDS;
use crate::ims::{Ims, On, params, show};

pub(super) const OP: Op<Ims> = Op {
    name: "UpdateOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:UpdateOIDCProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let client_ids = CLIENT_IDS.read(head)?;
    let description = params::description(head, "NewDescription")?;
    let limit = params::issuance_limit(head)?;
    let (identity, target) = (&call.service.identity, &call.target);
    let provider = identity
        .update_provider(
            &target.account,
            &target.name,
            call.now.virtual_,
            |provider| {
                if let Some(client_ids) = &client_ids {
                    provider.client_ids.clone_from(client_ids);
                }
                if let Some(description) = &description {
                    provider.description.clone_from(description);
                }
                provider.issuance_limit = limit.unwrap_or(provider.issuance_limit);
                Ok(())
            },
        )
        .await?;
    Ok(show::one(&target.account, &provider))
}

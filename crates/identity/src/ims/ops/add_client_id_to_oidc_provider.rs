//! AddClientIdToOIDCProvider: adds a client id to a provider. One that is there stays.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-addclientidtooidcprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, params, show};
use crate::oidc::MOST_CLIENT_IDS;
use crate::{fault, rpc};

pub(super) const OP: Op<Ims> = Op {
    name: "AddClientIdToOIDCProvider",
    route: On::Provider,
    action: Action::One("ram:AddClientIdToOIDCProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let new = params::client_id("ClientId", rpc::need(&call.head, "ClientId")?)?;
    let (identity, target) = (&call.service.identity, &call.target);
    let provider = identity
        .update_provider(
            &target.account,
            &target.name,
            call.now.virtual_,
            |provider| {
                if provider.client_ids.contains(&new) {
                    return Ok(());
                }
                if provider.client_ids.len() >= MOST_CLIENT_IDS {
                    return Err(fault::too_many_client_ids());
                }
                provider.client_ids.push(new.clone());
                Ok(())
            },
        )
        .await?;
    Ok(show::one(&target.account, &provider))
}

//! RemoveClientIdFromOIDCProvider: takes a client id from a provider. One that is not there is gone.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-removeclientidfromoidcprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, params, show};
use crate::rpc;

pub(super) const OP: Op<Ims> = Op {
    name: "RemoveClientIdFromOIDCProvider",
    route: On::Provider,
    action: Action::One("ram:RemoveClientIdFromOIDCProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let old = params::client_id("ClientId", rpc::need(&call.head, "ClientId")?)?;
    let (identity, target) = (&call.service.identity, &call.target);
    let provider = identity
        .update_provider(
            &target.account,
            &target.name,
            call.now.virtual_,
            |provider| {
                provider.client_ids.retain(|one| *one != old);
                Ok(())
            },
        )
        .await?;
    Ok(show::one(&target.account, &provider))
}

//! GetOIDCProvider: describes a provider of OpenID Connect.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getoidcprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::fault;
use crate::ims::{Ims, On, show};

pub(super) const OP: Op<Ims> = Op {
    name: "GetOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:GetOIDCProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let provider = identity.provider(&target.account, &target.name).await?;
    let provider = provider.ok_or_else(fault::no_such_oidc_provider)?;
    Ok(show::one(&target.account, &provider))
}

//! DeleteOIDCProvider: deletes a provider of OpenID Connect.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-deleteoidcprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "DeleteOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:DeleteOIDCProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let target = &call.target;
    call.service
        .identity
        .delete_provider(&target.account, &target.name)
        .await?;
    Ok(Reply::empty())
}

//! DeleteSAMLProvider: deletes a provider of SAML.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-deletesamlprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "DeleteSAMLProvider",
    route: On::SamlProvider,
    action: Action::One("ram:DeleteSAMLProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let target = &call.target;
    call.service
        .identity
        .delete_saml_provider(&target.account, &target.name)
        .await?;
    Ok(Reply::empty())
}

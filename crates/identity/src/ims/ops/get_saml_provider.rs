//! GetSAMLProvider: describes a provider of SAML, with its metadata document.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-getsamlprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};
use serde_json::json;

use crate::fault;
use crate::ims::{Ims, On, saml};

pub(super) const OP: Op<Ims> = Op {
    name: "GetSAMLProvider",
    route: On::SamlProvider,
    action: Action::One("ram:GetSAMLProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let (identity, target) = (&call.service.identity, &call.target);
    let provider = identity
        .saml_provider(&target.account, &target.name)
        .await?
        .ok_or_else(fault::no_such_saml_provider)?;
    let mut fields = saml::provider(&target.account, &provider);
    fields["EncodedSAMLMetadataDocument"] = json!(provider.metadata);
    Ok(saml::one(&fields))
}

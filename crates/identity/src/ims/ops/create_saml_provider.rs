//! CreateSAMLProvider: makes a provider of SAML.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-createsamlprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::fault;
use crate::ims::saml::{self, USUAL_ALGORITHM};
use crate::ims::{Ims, On, params};
use crate::saml::SamlProvider;

pub(super) const OP: Op<Ims> = Op {
    name: "CreateSAMLProvider",
    route: On::SamlProvider,
    action: Action::One("ram:CreateSAMLProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let metadata = saml::metadata(head, "EncodedSAMLMetadataDocument")?;
    let new = SamlProvider {
        name: call.target.name.clone(),
        description: params::description(head, "Description")?.unwrap_or_default(),
        metadata: metadata
            .ok_or_else(|| fault::missing_parameter("EncodedSAMLMetadataDocument"))?,
        sign_algorithm: saml::algorithm(head)?.unwrap_or_else(|| USUAL_ALGORITHM.to_owned()),
        ..SamlProvider::default()
    };
    let (identity, account) = (&call.service.identity, &call.target.account);
    let made = identity
        .create_saml_provider(account, new, call.now.virtual_)
        .await?;
    Ok(saml::one(&saml::provider(account, &made)))
}

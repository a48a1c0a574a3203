//! UpdateSAMLProvider: changes a provider of SAML.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-updatesamlprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, params, saml};
use crate::saml::SamlProvider;

pub(super) const OP: Op<Ims> = Op {
    name: "UpdateSAMLProvider",
    route: On::SamlProvider,
    action: Action::One("ram:UpdateSAMLProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let head = &call.head;
    let description = params::description(head, "NewDescription")?;
    let metadata = saml::metadata(head, "NewEncodedSAMLMetadataDocument")?;
    let algorithm = saml::algorithm(head)?;
    let edit = |provider: &mut SamlProvider| {
        let fields = [
            (&description, &mut provider.description),
            (&metadata, &mut provider.metadata),
            (&algorithm, &mut provider.sign_algorithm),
        ];
        for (new, field) in fields {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
    };
    let (identity, target) = (&call.service.identity, &call.target);
    let provider = identity
        .update_saml_provider(&target.account, &target.name, call.now.virtual_, edit)
        .await?;
    Ok(saml::one(&saml::provider(&target.account, &provider)))
}

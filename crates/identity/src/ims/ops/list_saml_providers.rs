//! ListSAMLProviders: lists the providers of SAML by name, in pages.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-listsamlproviders>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, saml};
use crate::ram::page::Page;

pub(super) const OP: Op<Ims> = Op {
    name: "ListSAMLProviders",
    route: On::Account,
    action: Action::One("ram:ListSAMLProviders"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let page = Page::of(&call.head, 100)?;
    let (identity, account) = (&call.service.identity, &call.target.account);
    let providers = identity
        .list_saml_providers(account, &page.after, page.limit())
        .await?;
    Ok(page.reply(
        ("SAMLProviders", "SAMLProvider"),
        providers,
        |provider| provider.name.clone(),
        |provider| saml::row(account, provider),
    ))
}

//! AddClientIdToOIDCProvider: adds a client id to a provider. One that is there stays.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-addclientidtooidcprovider>

use gateway::{Action, Op};

use crate::ims::provider_lists::CLIENT_IDS;
use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "AddClientIdToOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:AddClientIdToOIDCProvider"),
    run: |call| Box::pin(async move { CLIENT_IDS.add(&call).await }),
};

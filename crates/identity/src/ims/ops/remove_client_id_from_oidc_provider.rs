//! RemoveClientIdFromOIDCProvider: takes a client id from a provider. One that is not there is gone.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-removeclientidfromoidcprovider>

use gateway::{Action, Op};

use crate::ims::provider_lists::CLIENT_IDS;
use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "RemoveClientIdFromOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:RemoveClientIdFromOIDCProvider"),
    run: |call| Box::pin(async move { CLIENT_IDS.remove(&call).await }),
};

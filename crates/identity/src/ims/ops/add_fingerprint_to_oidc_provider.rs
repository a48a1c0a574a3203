//! AddFingerprintToOIDCProvider: adds a fingerprint to a provider. One that is there stays.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-addfingerprinttooidcprovider>

use gateway::{Action, Op};

use crate::ims::provider_lists::FINGERPRINTS;
use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "AddFingerprintToOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:AddFingerprintToOIDCProvider"),
    run: |call| Box::pin(async move { FINGERPRINTS.add(&call).await }),
};

//! RemoveFingerprintFromOIDCProvider: takes a fingerprint from a provider. One that is not there is gone.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-removefingerprintfromoidcprovider>

use gateway::{Action, Op};

use crate::ims::provider_lists::FINGERPRINTS;
use crate::ims::{Ims, On};

pub(super) const OP: Op<Ims> = Op {
    name: "RemoveFingerprintFromOIDCProvider",
    route: On::OidcProvider,
    action: Action::One("ram:RemoveFingerprintFromOIDCProvider"),
    run: |call| Box::pin(async move { FINGERPRINTS.remove(&call).await }),
};

//! AddFingerprintToOIDCProvider: adds a fingerprint to a provider. One that is there stays.
//! <https://help.aliyun.com/zh/ram/developer-reference/api-ims-2019-08-15-addfingerprinttooidcprovider>

use gateway::rpc::Reply;
use gateway::{Action, Call, Fault, Op};

use crate::ims::{Ims, On, params, show};
use crate::oidc::MOST_FINGERPRINTS;
use crate::{fault, rpc};

pub(super) const OP: Op<Ims> = Op {
    name: "AddFingerprintToOIDCProvider",
    route: On::Provider,
    action: Action::One("ram:AddFingerprintToOIDCProvider"),
    run: |call| Box::pin(run(call)),
};

async fn run(call: Call<Ims>) -> Result<Reply, Fault> {
    let new = params::fingerprint("Fingerprint", rpc::need(&call.head, "Fingerprint")?)?;
    let (identity, target) = (&call.service.identity, &call.target);
    let provider = identity
        .update_provider(
            &target.account,
            &target.name,
            call.now.virtual_,
            |provider| {
                if provider.fingerprints.contains(&new) {
                    return Ok(());
                }
                if provider.fingerprints.len() >= MOST_FINGERPRINTS {
                    return Err(fault::too_many_fingerprints());
                }
                provider.fingerprints.push(new.clone());
                Ok(())
            },
        )
        .await?;
    Ok(show::one(&target.account, &provider))
}

//! The operations of IMS.

mod add_client_id_to_oidc_provider;
mod add_fingerprint_to_oidc_provider;
mod create_oidc_provider;
mod delete_oidc_provider;
mod get_oidc_provider;
mod list_oidc_providers;
mod remove_client_id_from_oidc_provider;
mod remove_fingerprint_from_oidc_provider;
mod update_oidc_provider;

use gateway::Op;

use super::Ims;

/// Every operation. To add one: write its file, add its two lines.
pub(super) const ALL: &[Op<Ims>] = &[
    add_client_id_to_oidc_provider::OP,
    add_fingerprint_to_oidc_provider::OP,
    create_oidc_provider::OP,
    delete_oidc_provider::OP,
    get_oidc_provider::OP,
    list_oidc_providers::OP,
    remove_client_id_from_oidc_provider::OP,
    remove_fingerprint_from_oidc_provider::OP,
    update_oidc_provider::OP,
];

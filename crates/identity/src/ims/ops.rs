//! The operations of IMS.

mod add_client_id_to_oidc_provider;
mod add_fingerprint_to_oidc_provider;
mod add_user_to_group;
mod create_access_key;
mod create_group;
mod create_oidc_provider;
mod create_user;
mod delete_access_key;
mod delete_group;
mod delete_oidc_provider;
mod delete_user;
mod get_group;
mod get_oidc_provider;
mod get_user;
mod list_access_keys;
mod list_groups;
mod list_groups_for_user;
mod list_oidc_providers;
mod list_tag_resources;
mod list_user_basic_infos;
mod list_users;
mod list_users_for_group;
mod remove_client_id_from_oidc_provider;
mod remove_fingerprint_from_oidc_provider;
mod remove_user_from_group;
mod tag_resources;
mod untag_resources;
mod update_access_key;
mod update_group;
mod update_oidc_provider;
mod update_user;

use gateway::Op;

use super::Ims;

/// Every operation. To add one: write its file, add its two lines.
pub(super) const ALL: &[Op<Ims>] = &[
    add_client_id_to_oidc_provider::OP,
    add_fingerprint_to_oidc_provider::OP,
    add_user_to_group::OP,
    create_access_key::OP,
    create_group::OP,
    create_oidc_provider::OP,
    create_user::OP,
    delete_access_key::OP,
    delete_group::OP,
    delete_oidc_provider::OP,
    delete_user::OP,
    get_group::OP,
    get_oidc_provider::OP,
    get_user::OP,
    list_access_keys::OP,
    list_groups::OP,
    list_groups_for_user::OP,
    list_oidc_providers::OP,
    list_tag_resources::OP,
    list_user_basic_infos::OP,
    list_users::OP,
    list_users_for_group::OP,
    remove_client_id_from_oidc_provider::OP,
    remove_fingerprint_from_oidc_provider::OP,
    remove_user_from_group::OP,
    tag_resources::OP,
    untag_resources::OP,
    update_access_key::OP,
    update_group::OP,
    update_oidc_provider::OP,
    update_user::OP,
];

//! The operations of IMS.

mod add_client_id_to_oidc_provider;
mod add_fingerprint_to_oidc_provider;
mod add_user_to_group;
mod create_access_key;
mod create_group;
mod create_login_profile;
mod create_oidc_provider;
mod create_saml_provider;
mod create_user;
mod delete_access_key;
mod delete_group;
mod delete_login_profile;
mod delete_oidc_provider;
mod delete_saml_provider;
mod delete_user;
mod get_access_key_last_used;
mod get_access_key_policy;
mod get_account_summary;
mod get_default_domain;
mod get_group;
mod get_login_profile;
mod get_oidc_provider;
mod get_password_policy;
mod get_saml_provider;
mod get_security_preference;
mod get_user;
mod get_user_mfa_info;
mod list_access_keys;
mod list_groups;
mod list_groups_for_user;
mod list_oidc_providers;
mod list_saml_providers;
mod list_tag_resources;
mod list_user_basic_infos;
mod list_users;
mod list_users_for_group;
mod remove_client_id_from_oidc_provider;
mod remove_fingerprint_from_oidc_provider;
mod remove_user_from_group;
mod set_access_key_policy;
mod set_default_domain;
mod set_password_policy;
mod set_security_preference;
mod tag_resources;
mod untag_resources;
mod update_access_key;
mod update_group;
mod update_login_profile;
mod update_oidc_provider;
mod update_saml_provider;
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
    create_login_profile::OP,
    create_oidc_provider::OP,
    create_saml_provider::OP,
    create_user::OP,
    delete_access_key::OP,
    delete_group::OP,
    delete_login_profile::OP,
    delete_oidc_provider::OP,
    delete_saml_provider::OP,
    delete_user::OP,
    get_access_key_last_used::OP,
    get_access_key_policy::OP,
    get_account_summary::OP,
    get_default_domain::OP,
    get_group::OP,
    get_login_profile::OP,
    get_oidc_provider::OP,
    get_password_policy::OP,
    get_security_preference::OP,
    get_saml_provider::OP,
    get_user::OP,
    get_user_mfa_info::OP,
    list_access_keys::OP,
    list_groups::OP,
    list_groups_for_user::OP,
    list_oidc_providers::OP,
    list_saml_providers::OP,
    list_tag_resources::OP,
    list_user_basic_infos::OP,
    list_users::OP,
    list_users_for_group::OP,
    remove_client_id_from_oidc_provider::OP,
    remove_fingerprint_from_oidc_provider::OP,
    remove_user_from_group::OP,
    set_access_key_policy::OP,
    set_default_domain::OP,
    set_password_policy::OP,
    set_security_preference::OP,
    tag_resources::OP,
    untag_resources::OP,
    update_access_key::OP,
    update_group::OP,
    update_login_profile::OP,
    update_oidc_provider::OP,
    update_saml_provider::OP,
    update_user::OP,
];

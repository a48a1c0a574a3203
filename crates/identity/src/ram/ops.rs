//! The operations of RAM.

pub(crate) mod add_user_to_group;
mod attach_policy_to_group;
mod attach_policy_to_role;
mod attach_policy_to_user;
mod bind_mfa_device;
mod clear_account_alias;
pub(crate) mod create_access_key;
mod create_group;
mod create_login_profile;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_service_linked_role;
mod create_user;
mod create_virtual_mfa_device;
mod decode_diagnostic_message;
pub(crate) mod delete_access_key;
pub(crate) mod delete_group;
pub(crate) mod delete_login_profile;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
mod delete_service_linked_role;
pub(crate) mod delete_user;
mod delete_virtual_mfa_device;
mod detach_policy_from_group;
mod detach_policy_from_role;
mod detach_policy_from_user;
mod get_access_key_last_used;
mod get_account_alias;
mod get_group;
mod get_login_profile;
mod get_password_policy;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_security_preference;
mod get_service_linked_role_template;
mod get_user;
mod get_user_mfa_info;
mod list_access_keys;
mod list_entities_for_policy;
mod list_groups;
pub(crate) mod list_groups_for_user;
mod list_policies;
mod list_policies_for_group;
mod list_policies_for_role;
mod list_policies_for_user;
mod list_policy_versions;
mod list_roles;
mod list_tag_resources;
mod list_users;
mod list_users_for_group;
mod list_virtual_mfa_devices;
pub(crate) mod remove_user_from_group;
mod set_account_alias;
mod set_default_policy_version;
mod set_password_policy;
mod set_security_preference;
mod tag_resources;
mod unbind_mfa_device;
pub(crate) mod untag_resources;
pub(crate) mod update_access_key;
pub(crate) mod update_group;
mod update_login_profile;
mod update_policy_description;
mod update_role;
mod update_user;

use gateway::Op;

use super::Ram;

/// Every operation. To add one: write its file, add its two lines.
pub(super) const ALL: &[Op<Ram>] = &[
    add_user_to_group::OP,
    attach_policy_to_group::OP,
    attach_policy_to_role::OP,
    attach_policy_to_user::OP,
    bind_mfa_device::OP,
    clear_account_alias::OP,
    create_access_key::OP,
    create_group::OP,
    create_login_profile::OP,
    create_policy::OP,
    create_policy_version::OP,
    create_role::OP,
    create_service_linked_role::OP,
    create_user::OP,
    create_virtual_mfa_device::OP,
    decode_diagnostic_message::OP,
    delete_access_key::OP,
    delete_group::OP,
    delete_login_profile::OP,
    delete_policy::OP,
    delete_policy_version::OP,
    delete_role::OP,
    delete_service_linked_role::OP,
    delete_user::OP,
    delete_virtual_mfa_device::OP,
    detach_policy_from_group::OP,
    detach_policy_from_role::OP,
    detach_policy_from_user::OP,
    get_access_key_last_used::OP,
    get_account_alias::OP,
    get_group::OP,
    get_login_profile::OP,
    get_password_policy::OP,
    get_policy::OP,
    get_policy_version::OP,
    get_role::OP,
    get_security_preference::OP,
    get_service_linked_role_template::OP,
    get_user::OP,
    get_user_mfa_info::OP,
    list_access_keys::OP,
    list_entities_for_policy::OP,
    list_groups::OP,
    list_groups_for_user::OP,
    list_policies::OP,
    list_policies_for_group::OP,
    list_policies_for_role::OP,
    list_policies_for_user::OP,
    list_policy_versions::OP,
    list_roles::OP,
    list_tag_resources::OP,
    list_users::OP,
    list_users_for_group::OP,
    list_virtual_mfa_devices::OP,
    remove_user_from_group::OP,
    set_account_alias::OP,
    set_default_policy_version::OP,
    set_password_policy::OP,
    set_security_preference::OP,
    tag_resources::OP,
    unbind_mfa_device::OP,
    untag_resources::OP,
    update_access_key::OP,
    update_group::OP,
    update_login_profile::OP,
    update_policy_description::OP,
    update_role::OP,
    update_user::OP,
];

//! The operations of RAM.

pub(crate) mod add_user_to_group;
mod attach_policy_to_group;
mod attach_policy_to_role;
mod attach_policy_to_user;
pub(crate) mod create_access_key;
mod create_group;
mod create_policy;
mod create_policy_version;
mod create_role;
mod create_user;
mod decode_diagnostic_message;
pub(crate) mod delete_access_key;
pub(crate) mod delete_group;
mod delete_policy;
mod delete_policy_version;
mod delete_role;
pub(crate) mod delete_user;
mod detach_policy_from_group;
mod detach_policy_from_role;
mod detach_policy_from_user;
mod get_group;
mod get_policy;
mod get_policy_version;
mod get_role;
mod get_user;
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
pub(crate) mod remove_user_from_group;
mod set_default_policy_version;
mod tag_resources;
pub(crate) mod untag_resources;
pub(crate) mod update_access_key;
pub(crate) mod update_group;
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
    create_access_key::OP,
    create_group::OP,
    create_policy::OP,
    create_policy_version::OP,
    create_role::OP,
    create_user::OP,
    decode_diagnostic_message::OP,
    delete_access_key::OP,
    delete_group::OP,
    delete_policy::OP,
    delete_policy_version::OP,
    delete_role::OP,
    delete_user::OP,
    detach_policy_from_group::OP,
    detach_policy_from_role::OP,
    detach_policy_from_user::OP,
    get_group::OP,
    get_policy::OP,
    get_policy_version::OP,
    get_role::OP,
    get_user::OP,
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
    remove_user_from_group::OP,
    set_default_policy_version::OP,
    tag_resources::OP,
    untag_resources::OP,
    update_access_key::OP,
    update_group::OP,
    update_policy_description::OP,
    update_role::OP,
    update_user::OP,
];

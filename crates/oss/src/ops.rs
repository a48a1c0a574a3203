//! The table of operations. To add one: write its file with a constant `OP`, and add its two lines here.

use gateway::Op;

use crate::Oss;

mod abort_multipart_upload;
mod append_object;
mod clean_restored_object;
mod complete_multipart_upload;
mod copy_object;
mod delete_bucket;
mod delete_bucket_cors;
mod delete_bucket_encryption;
mod delete_bucket_lifecycle;
mod delete_bucket_logging;
mod delete_bucket_policy;
mod delete_bucket_tags;
mod delete_bucket_website;
mod delete_live_channel;
mod delete_multiple_objects;
mod delete_object;
mod delete_object_tagging;
mod describe_regions;
mod get_bucket_access_monitor;
mod get_bucket_acl;
mod get_bucket_cors;
mod get_bucket_encryption;
mod get_bucket_https_config;
mod get_bucket_info;
mod get_bucket_lifecycle;
mod get_bucket_location;
mod get_bucket_logging;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_referer;
mod get_bucket_request_payment;
mod get_bucket_resource_group;
mod get_bucket_stat;
mod get_bucket_tags;
mod get_bucket_transfer_acceleration;
mod get_bucket_website;
mod get_live_channel_history;
mod get_live_channel_info;
mod get_live_channel_stat;
mod get_object;
mod get_object_acl;
mod get_object_meta;
mod get_object_tagging;
mod get_symlink;
mod head_object;
mod initiate_multipart_upload;
mod list_buckets;
mod list_live_channel;
mod list_multipart_uploads;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod multipart;
mod option_object;
mod post_object;
mod put_bucket;
mod put_bucket_access_monitor;
mod put_bucket_acl;
mod put_bucket_cors;
mod put_bucket_encryption;
mod put_bucket_https_config;
mod put_bucket_lifecycle;
mod put_bucket_logging;
mod put_bucket_policy;
mod put_bucket_referer;
mod put_bucket_request_payment;
mod put_bucket_resource_group;
mod put_bucket_tags;
mod put_bucket_transfer_acceleration;
mod put_bucket_website;
mod put_live_channel;
mod put_live_channel_status;
pub(crate) mod put_object;
mod put_object_acl;
mod put_object_tagging;
mod put_symlink;
mod restore_object;
mod upload_part;
mod upload_part_copy;

/// Every operation of the service.
pub(crate) const ALL: &[Op<Oss>] = &[
    abort_multipart_upload::OP,
    append_object::OP,
    clean_restored_object::OP,
    complete_multipart_upload::OP,
    copy_object::OP,
    delete_bucket::OP,
    delete_bucket_cors::OP,
    delete_bucket_encryption::OP,
    delete_bucket_lifecycle::OP,
    delete_bucket_logging::OP,
    delete_bucket_policy::OP,
    delete_bucket_tags::OP,
    delete_bucket_website::OP,
    delete_live_channel::OP,
    delete_multiple_objects::OP,
    delete_object::OP,
    delete_object_tagging::OP,
    describe_regions::OP,
    get_bucket_access_monitor::OP,
    get_bucket_acl::OP,
    get_bucket_cors::OP,
    get_bucket_encryption::OP,
    get_bucket_https_config::OP,
    get_bucket_info::OP,
    get_bucket_lifecycle::OP,
    get_bucket_location::OP,
    get_bucket_logging::OP,
    get_bucket_policy::OP,
    get_bucket_policy_status::OP,
    get_bucket_referer::OP,
    get_bucket_request_payment::OP,
    get_bucket_resource_group::OP,
    get_bucket_stat::OP,
    get_bucket_tags::OP,
    get_bucket_transfer_acceleration::OP,
    get_bucket_website::OP,
    get_live_channel_history::OP,
    get_live_channel_info::OP,
    get_live_channel_stat::OP,
    get_object::OP,
    get_object_acl::OP,
    get_object_meta::HEAD,
    get_object_meta::GET,
    get_object_tagging::OP,
    get_symlink::OP,
    head_object::OP,
    initiate_multipart_upload::OP,
    list_buckets::OP,
    list_live_channel::OP,
    list_multipart_uploads::OP,
    list_objects::OP,
    list_objects_v2::OP,
    list_parts::OP,
    option_object::OBJECT,
    option_object::BUCKET,
    post_object::OP,
    put_bucket::OP,
    put_bucket_access_monitor::OP,
    put_bucket_acl::OP,
    put_bucket_cors::OP,
    put_bucket_encryption::OP,
    put_bucket_https_config::OP,
    put_bucket_lifecycle::OP,
    put_bucket_logging::OP,
    put_bucket_policy::OP,
    put_bucket_referer::OP,
    put_bucket_request_payment::OP,
    put_bucket_resource_group::OP,
    put_bucket_tags::OP,
    put_bucket_transfer_acceleration::OP,
    put_bucket_website::OP,
    put_live_channel::OP,
    put_live_channel_status::OP,
    put_object::OP,
    put_object_acl::OP,
    put_object_tagging::OP,
    put_symlink::OP,
    restore_object::OP,
    upload_part::OP,
    upload_part_copy::OP,
];

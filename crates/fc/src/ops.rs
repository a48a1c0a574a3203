//! The operations. What several have in common is in the modules above.

mod create_alias;
mod create_function;
mod create_layer_version;
mod create_service;
mod create_trigger;
mod delete_alias;
mod delete_async_invoke_config;
mod delete_concurrency_config;
mod delete_function;
mod delete_function_async_invoke_config;
mod delete_function_on_demand_config;
mod delete_function_version;
mod delete_layer_version;
mod delete_on_demand_config;
mod delete_provision_config;
mod delete_scaling_config;
mod delete_service;
mod delete_service_version;
mod delete_trigger;
mod delete_version;
mod disable_function_invocation;
mod enable_function_invocation;
mod get_account_settings;
mod get_alias;
mod get_async_invoke_config;
mod get_async_task;
mod get_concurrency_config;
mod get_function;
mod get_function_async_invoke_config;
mod get_function_code;
mod get_function_on_demand_config;
mod get_layer_version;
mod get_layer_version_by_arn;
mod get_on_demand_config;
mod get_provision_config;
mod get_resource_tags;
mod get_scaling_config;
mod get_service;
mod get_stateful_async_invocation;
mod get_temp_bucket_token;
mod get_trigger;
pub(crate) mod http_trigger_proxy;
mod invoke_function;
mod list_aliases;
mod list_async_invoke_configs;
mod list_async_tasks;
mod list_concurrency_configs;
mod list_function_async_invoke_configs;
mod list_function_versions;
mod list_functions;
mod list_instances;
mod list_layer_versions;
mod list_layers;
mod list_on_demand_configs;
mod list_provision_configs;
mod list_scaling_configs;
mod list_service_versions;
mod list_services;
mod list_stateful_async_invocation_functions;
mod list_stateful_async_invocations;
mod list_tag_resources;
mod list_tagged_resources;
mod list_triggers;
mod list_versions;
mod publish_function_version;
mod publish_layer_version;
mod publish_service_version;
mod publish_version;
mod put_async_invoke_config;
mod put_concurrency_config;
mod put_function_async_invoke_config;
mod put_function_on_demand_config;
mod put_layer_acl;
mod put_on_demand_config;
mod put_provision_config;
mod put_scaling_config;
mod stop_async_task;
mod stop_stateful_async_invocation;
mod tag_resource;
mod tag_resources;
mod untag_resource;
mod untag_resources;
mod update_alias;
mod update_function;
mod update_service;
mod update_trigger;

use gateway::Op;

use crate::Fc;

/// Every operation.
pub(crate) const ALL: &[Op<Fc>] = &[
    create_alias::OP,
    create_alias::OF_SERVICE,
    create_function::OP,
    create_function::OF_SERVICE,
    create_layer_version::OP,
    create_service::OP,
    create_trigger::OP,
    create_trigger::OF_SERVICE,
    delete_alias::OP,
    delete_alias::OF_SERVICE,
    delete_async_invoke_config::OP,
    delete_concurrency_config::OP,
    delete_function::OP,
    delete_function::OF_SERVICE,
    delete_function_async_invoke_config::OP,
    delete_function_on_demand_config::OP,
    delete_function_version::OP,
    delete_layer_version::OP,
    delete_on_demand_config::OP,
    delete_provision_config::OP,
    delete_scaling_config::OP,
    delete_service::OP,
    delete_service_version::OP,
    delete_trigger::OP,
    delete_trigger::OF_SERVICE,
    delete_version::OP,
    disable_function_invocation::OP,
    enable_function_invocation::OP,
    get_account_settings::OP,
    get_alias::OP,
    get_alias::OF_SERVICE,
    get_async_invoke_config::OP,
    get_async_task::OP,
    get_concurrency_config::OP,
    get_function::OP,
    get_function::OF_SERVICE,
    get_function_async_invoke_config::OP,
    get_function_code::OP,
    get_function_code::OF_SERVICE,
    get_function_on_demand_config::OP,
    get_layer_version::OP,
    get_layer_version_by_arn::OP,
    get_on_demand_config::OP,
    get_provision_config::OP,
    get_provision_config::OF_SERVICE,
    get_resource_tags::OP,
    get_scaling_config::OP,
    get_service::OP,
    get_stateful_async_invocation::OP,
    get_temp_bucket_token::OP,
    get_trigger::OP,
    get_trigger::OF_SERVICE,
    http_trigger_proxy::OP,
    invoke_function::OP,
    invoke_function::OF_SERVICE,
    list_aliases::OP,
    list_aliases::OF_SERVICE,
    list_async_invoke_configs::OP,
    list_async_tasks::OP,
    list_concurrency_configs::OP,
    list_function_async_invoke_configs::OP,
    list_function_versions::OP,
    list_functions::OP,
    list_functions::OF_SERVICE,
    list_instances::OP,
    list_instances::OF_SERVICE,
    list_layer_versions::OP,
    list_layers::OP,
    list_on_demand_configs::OP,
    list_provision_configs::OP,
    list_provision_configs::OF_SERVICE,
    list_scaling_configs::OP,
    list_service_versions::OP,
    list_services::OP,
    list_stateful_async_invocation_functions::OP,
    list_stateful_async_invocations::OP,
    list_tag_resources::OP,
    list_tagged_resources::OP,
    list_triggers::OP,
    list_triggers::OF_SERVICE,
    list_versions::OP,
    publish_function_version::OP,
    publish_layer_version::OP,
    publish_service_version::OP,
    publish_version::OP,
    put_async_invoke_config::OP,
    put_concurrency_config::OP,
    put_function_async_invoke_config::OP,
    put_function_on_demand_config::OP,
    put_layer_acl::OP,
    put_on_demand_config::OP,
    put_provision_config::OP,
    put_provision_config::OF_SERVICE,
    put_scaling_config::OP,
    stop_async_task::OP,
    stop_stateful_async_invocation::OP,
    tag_resource::OP,
    tag_resources::OP,
    untag_resource::OP,
    untag_resource::BY_DELETE,
    untag_resources::OP,
    update_alias::OP,
    update_alias::OF_SERVICE,
    update_function::OP,
    update_function::OF_SERVICE,
    update_service::OP,
    update_trigger::OP,
    update_trigger::OF_SERVICE,
];

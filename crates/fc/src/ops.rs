//! The operations. What several have in common is in the modules above.

mod create_function;
mod create_service;
mod delete_function;
mod delete_service;
mod get_function;
mod get_service;
mod invoke_function;
mod list_functions;
mod list_services;
mod update_function;
mod update_service;

use gateway::Op;

use crate::Fc;

/// Every operation.
pub(crate) const ALL: &[Op<Fc>] = &[
    create_function::OP,
    create_function::OF_SERVICE,
    create_service::OP,
    delete_function::OP,
    delete_function::OF_SERVICE,
    delete_service::OP,
    get_function::OP,
    get_function::OF_SERVICE,
    get_service::OP,
    invoke_function::OP,
    invoke_function::OF_SERVICE,
    list_functions::OP,
    list_functions::OF_SERVICE,
    list_services::OP,
    update_function::OP,
    update_function::OF_SERVICE,
    update_service::OP,
];

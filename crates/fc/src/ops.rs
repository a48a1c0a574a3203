//! The operations. What several have in common is in the modules above.

mod create_function;
mod delete_function;
mod get_function;
mod invoke_function;
mod list_functions;
mod update_function;

use gateway::Op;

use crate::Fc;

/// Every operation.
pub(crate) const ALL: &[Op<Fc>] = &[
    create_function::OP,
    delete_function::OP,
    get_function::OP,
    invoke_function::OP,
    list_functions::OP,
    update_function::OP,
];

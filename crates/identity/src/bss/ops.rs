//! The operations of billing.

mod query_available_instances;

use gateway::Op;

use super::Bss;

/// Every operation. To add one: write its file, add its two lines.
pub(super) const ALL: &[Op<Bss>] = &[query_available_instances::OP];

//! The operations of the Location service.

mod describe_endpoints;

use gateway::Op;

use super::Location;

/// Every operation. To add one: write its file, add its two lines.
pub(super) const ALL: &[Op<Location>] = &[describe_endpoints::OP];

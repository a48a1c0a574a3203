//! The operations of STS.

pub(super) mod assume_role;
pub(super) mod assume_role_with_oidc;
pub(super) mod assume_role_with_saml;
mod get_caller_identity;

use gateway::Op;

use super::Sts;

/// Every operation. To add one: write its file, add its two lines.
pub(super) const ALL: &[Op<Sts>] = &[
    assume_role::OP,
    assume_role_with_oidc::OP,
    assume_role_with_saml::OP,
    get_caller_identity::OP,
];

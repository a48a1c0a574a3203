//! Every error that STS and RAM answer with: one constructor a wire code, and the only place where its text stands.
//!
//! Statuses and texts: spec/identity.md §1.8 (the gateway's), §2.1 (STS), §3.3 (RAM), and the official catalogue of
//! RAM, <https://www.alibabacloud.com/help/doc-detail/28754.htm>, whose English is kept as it is.

mod denial;
mod oidc;
mod protocol;
#[macro_use]
mod ram;
mod location;
mod saml;
mod settings;
mod sts;

use std::borrow::Cow;

use gateway::Fault;

pub use denial::access_denied_detail;
pub use location::*;
pub use oidc::*;
pub use protocol::*;
pub use ram::*;
pub use saml::*;
pub use settings::*;
pub use sts::*;

/// Something that each service says in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// STS.
    Sts,
    /// RAM.
    Ram,
}

impl Voice {
    /// An internal failure in the service's words; any other fault as it is.
    pub fn internal(self, fault: Fault) -> Fault {
        if fault.code() != "InternalError" {
            return fault;
        }
        fault.message(match self {
            Self::Sts => "STS Server Internal Error happened.",
            Self::Ram => "An internal error occurred.",
        })
    }

    /// `NoPermission`: no policy allows it, or one forbids it.
    pub fn no_permission(self) -> Fault {
        no_permission(match self {
            Self::Sts => {
                "You are not authorized to do this action. You should be authorized by RAM."
            }
            Self::Ram => "You are not authorized to do this action.",
        })
    }
}

/// `NoPermission` in whatever words.
pub fn no_permission(message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(403, "NoPermission", message)
}

/// An account that calls was there when its key was looked up.
pub fn account_gone() -> Fault {
    Fault::internal("the account of this call is gone")
}

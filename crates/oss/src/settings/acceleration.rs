//! Whether the acceleration endpoints serve a bucket.

use serde::{Deserialize, Serialize};

use super::Setting;
use crate::rows::Kind;

/// They do not serve a bucket without this setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TransferAcceleration {
    pub(crate) enabled: bool,
}

impl Setting for TransferAcceleration {
    const KIND: Kind = Kind::TransferAcceleration;
}

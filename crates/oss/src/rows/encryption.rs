//! How an object says that it is encrypted (§6.5). Its bytes are kept as they came: nobody else can get at them here.

use serde::{Deserialize, Serialize};

/// A method and its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Encryption {
    /// AES-256 with keys of the service.
    Aes256,
    /// SM4 with keys of the service.
    Sm4,
    /// With a key of the key management service.
    Kms {
        key: Box<str>,
        /// Instead of AES-256.
        sm4: bool,
    },
}

/// The key of the key management service that is used where none is named.
pub(crate) const DEFAULT_KEY: &str = "6c8f0a3e-5b1d-4e7a-9c24-d0e1f2a3b4c5";

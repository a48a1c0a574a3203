//! Errors about encryption on the server's side (§6.5).

use gateway::Fault;

use super::invalid_argument;

/// A method that does not exist.
pub(crate) fn invalid_algorithm() -> Fault {
    let message =
        "The Encryption request you specified is not valid. Supported value: AES256/SM4/KMS.";
    Fault::new(400, "InvalidEncryptionAlgorithmError", message)
}

/// A key of the key management service where that service is not asked for.
pub(crate) fn key_without_kms(key: &str) -> Fault {
    let message =
        "x-oss-server-side-encryption-key-id is not applicable if the encryption is not KMS.";
    invalid_argument(message, "x-oss-server-side-encryption-key-id", key)
}

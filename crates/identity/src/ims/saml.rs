use gateway::{Fault, Head};
/// x
pub(super) fn name(head: &Head) -> Result<&str, Fault> {
    super::params::provider_name(head, "SAMLProviderName")
}

use std::fmt;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use crate::mac::HmacSha1;

/// An access key secret. It never prints itself. Clones share its bytes, which are wiped when the last of them is
/// dropped.
#[derive(Clone)]
pub struct Secret(Arc<Kept>);

struct Kept {
    text: Zeroizing<String>,
    /// HMAC-SHA1 under the secret that was fed nothing yet. Half of the work of a short message is to get there.
    hmac_sha1: OnceLock<HmacSha1>,
}

impl Secret {
    /// Takes the secret as the account's owner knows it.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Arc::new(Kept {
            text: Zeroizing::new(secret.into()),
            hmac_sha1: OnceLock::new(),
        }))
    }

    /// The secret in the clear, for signing and for storing it.
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    pub(crate) fn hmac_sha1(&self) -> HmacSha1 {
        let make = || HmacSha1::new(&[self.expose().as_bytes()]);
        self.0.hmac_sha1.get_or_init(make).clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "… Secret(…)");
        assert_eq!(secret.clone().expose(), "hunter2");
    }
}

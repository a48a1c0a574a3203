//! How objects of a bucket are encrypted that do not say it themselves (§9).

use gateway::Fault;
use gateway::xml::Xml;
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::fault::encryption::invalid_algorithm;
use crate::fault::settings::key_without_kms;
use crate::rows::{DEFAULT_KEY, Encryption, Kind};
use crate::text::Text;
use crate::xml_in::Element;
use crate::xml_in::shape::{Shape, maybe, one, times};

/// A `ServerSideEncryptionRule`.
pub(crate) const ENCRYPTION: &[Shape] = &[times(
    "ApplyServerSideEncryptionByDefault",
    1,
    1,
    &[
        one("SSEAlgorithm"),
        maybe("KMSMasterKeyID"),
        maybe("KMSDataEncryption"),
    ],
)];

/// A bucket's rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BucketEncryption {
    Aes256,
    Sm4,
    /// With a key of the key management service; an empty one is the service's own.
    Kms {
        key: String,
        sm4: bool,
    },
}

impl Setting for BucketEncryption {
    const KIND: Kind = Kind::Encryption;
}

impl BucketEncryption {
    /// Takes a `ServerSideEncryptionRule` that has its shape. A method for the data means nothing without KMS.
    ///
    /// Errors: `InvalidEncryptionAlgorithmError`, `InvalidArgument`.
    pub(crate) fn read(root: &Element) -> Result<Self, Fault> {
        let rule = root.child("ApplyServerSideEncryptionByDefault");
        let text = |name| {
            rule.and_then(|rule| rule.child_text(name))
                .unwrap_or_default()
        };
        let key = text("KMSMasterKeyID");
        let method = text("SSEAlgorithm");
        if !key.is_empty() && method != "KMS" {
            return Err(key_without_kms(key));
        }
        match (method, text("KMSDataEncryption")) {
            ("AES256", _) => Ok(Self::Aes256),
            ("SM4", _) => Ok(Self::Sm4),
            ("KMS", data @ ("" | "SM4")) => Ok(Self::Kms {
                key: key.to_owned(),
                sm4: !data.is_empty(),
            }),
            _ => Err(invalid_algorithm()),
        }
    }

    /// How it encrypts an object.
    pub(crate) fn of_object(&self) -> Encryption {
        match self {
            Self::Aes256 => Encryption::Aes256,
            Self::Sm4 => Encryption::Sm4,
            Self::Kms { key, sm4 } => Encryption::Kms {
                key: if key.is_empty() { DEFAULT_KEY } else { key }.into(),
                sm4: *sm4,
            },
        }
    }

    /// Writes what the rule has in it.
    pub(crate) fn write(&self, xml: &mut Xml) {
        let (method, key, sm4) = match self {
            Self::Aes256 => ("AES256", "", false),
            Self::Sm4 => ("SM4", "", false),
            Self::Kms { key, sm4 } => ("KMS", key.as_str(), *sm4),
        };
        xml.value("SSEAlgorithm", method)
            .value("KMSMasterKeyID", Text(key));
        if sm4 {
            xml.value("KMSDataEncryption", "SM4");
        }
    }
}

//! What a provider says of itself: its name, and the keys that it signs with
//! (<https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use super::response::instant;
use super::signature::Key;
use super::xml::{self, METADATA, SIGNATURE};

/// The metadata of a provider.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// Who its assertions say has made them.
    pub entity_id: String,
    /// Until when it holds, if it says so.
    pub valid_until: Option<DateTime<Utc>>,
    pub(super) keys: Vec<Key>,
}

impl Metadata {
    /// Reads a document in Base64: of one provider of identities, with a certificate of RSA to hold signatures against.
    /// `None` if it is none.
    pub fn read(encoded: &str) -> Option<Self> {
        let bytes = STANDARD.decode(xml::unbroken(encoded)).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let document = xml::parse(text.trim_start_matches('\u{feff}'))?;
        let entity = document.root_element();
        if !entity.has_tag_name((METADATA, "EntityDescriptor")) {
            return None;
        }
        let entity_id = entity.attribute("entityID").filter(|id| !id.is_empty())?;
        let valid_until = match entity.attribute("validUntil") {
            Some(text) => Some(instant(text)?),
            None => None,
        };
        let mut keys = Vec::new();
        for role in xml::children(entity, METADATA, "IDPSSODescriptor") {
            let signs = |d: &roxmltree::Node<'_, '_>| d.attribute("use") != Some("encryption");
            for descriptor in xml::children(role, METADATA, "KeyDescriptor").filter(signs) {
                for info in xml::children(descriptor, SIGNATURE, "KeyInfo") {
                    keys.extend(certified(info));
                }
            }
        }
        (!keys.is_empty()).then(|| Self {
            entity_id: entity_id.to_owned(),
            valid_until,
            keys,
        })
    }
}

/// The keys of the certificates in a `KeyInfo`.
fn certified(info: roxmltree::Node<'_, '_>) -> Vec<Key> {
    let data = xml::children(info, SIGNATURE, "X509Data");
    let certificates = data.flat_map(|data| xml::children(data, SIGNATURE, "X509Certificate"));
    let key = |certificate| {
        let der = STANDARD
            .decode(xml::unbroken(xml::text(certificate)?))
            .ok()?;
        Key::of_certificate(&der)
    };
    certificates.filter_map(key).collect()
}

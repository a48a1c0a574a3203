//! Signatures in XML, as far as assertions have them: one, inside the element that it covers, over the whole of it, RSA
//! with PKCS#1 v1.5 (<https://www.w3.org/TR/xmldsig-core1/>). Everything else is refused, above all a signature over
//! something other than what is read afterwards.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Verifier;
use roxmltree::Node;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::{BoxedUint, PublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode, Reader, SliceReader};

use super::canonical::{self, Form};
use super::xml::{self, SIGNATURE};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// Bits of the largest key: what larger ones cost is paid by whoever is asked.
const LARGEST: usize = 8192;

/// A key that may sign.
#[derive(Debug, Clone)]
pub(super) struct Key(PublicKey);

impl Key {
    /// The key of a certificate, if it is one of RSA. Who issued the certificate and for how long means nothing:
    /// whoever uploaded the metadata said that this is the provider's key.
    pub(super) fn of_certificate(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let info = certificate.tbs_certificate().subject_public_key_info();
        if info.algorithm.oid.to_string() != "1.2.840.113549.1.1.1" {
            return None;
        }
        let mut reader = SliceReader::new(info.subject_public_key.as_bytes()?).ok()?;
        // RSAPublicKey (RFC 8017, A.1.1): modulus and exponent.
        let numbers = reader.sequence(|inner| {
            Ok::<_, x509_cert::der::Error>((UintRef::decode(inner)?, UintRef::decode(inner)?))
        });
        let (modulus, exponent) = numbers.ok()?;
        let number = |number: UintRef<'_>| BoxedUint::from_be_slice_vartime(number.as_bytes());
        let fits = modulus.as_bytes().len() * 8 <= LARGEST;
        let key = fits.then(|| PublicKey::new(number(modulus), number(exponent)));
        key?.ok().map(Self)
    }

    fn made(&self, algorithm: &str, signed: &[u8], signature: &Signature) -> bool {
        let key = self.0.clone();
        match algorithm {
            RSA_SHA256 => VerifyingKey::<Sha256>::new(key).verify(signed, signature),
            RSA_SHA1 => VerifyingKey::<Sha1>::new(key).verify(signed, signature),
            _ => return false,
        }
        .is_ok()
    }
}

/// Whether one of the keys signed an element, by the one signature that it has as its child.
pub(super) fn covers(element: Node<'_, '_>, keys: &[Key]) -> bool {
    check(element, keys).is_some()
}

fn check(element: Node<'_, '_>, keys: &[Key]) -> Option<()> {
    let signature = xml::only(element, SIGNATURE, "Signature")?;
    let info = xml::only(signature, SIGNATURE, "SignedInfo")?;
    let reference = xml::only(info, SIGNATURE, "Reference")?;
    let covered = reference.attribute("URI")?.strip_prefix('#')?;
    if covered.is_empty() || element.attribute("ID") != Some(covered) {
        return None;
    }
    let form = Form {
        without: Some(signature.id()),
        ..transforms(reference)?
    };
    let digest = digest(reference, form.write(element).as_bytes())?;
    if bytes(xml::only(reference, SIGNATURE, "DigestValue")?)? != digest {
        return None;
    }
    let form = canonical_form(xml::only(info, SIGNATURE, "CanonicalizationMethod")?)?;
    let signed = form.write(info);
    let method = xml::only(info, SIGNATURE, "SignatureMethod")?.attribute("Algorithm")?;
    let value = bytes(xml::only(signature, SIGNATURE, "SignatureValue")?)?;
    let value = Signature::try_from(&*value).ok()?;
    let made = |key: &Key| key.made(method, signed.as_bytes(), &value);
    keys.iter().any(made).then_some(())
}

/// The signature itself is left out, then what remains is put into its form: these two, in this order.
fn transforms<'a>(reference: Node<'a, '_>) -> Option<Form<'a>> {
    let transforms = xml::only(reference, SIGNATURE, "Transforms")?;
    let mut all = transforms.children().filter(Node::is_element);
    let (first, second) = (all.next()?, all.next()?);
    let named = |node: &Node<'_, '_>| node.has_tag_name((SIGNATURE, "Transform"));
    if all.next().is_some() || !named(&first) || !named(&second) {
        return None;
    }
    let bare = first.first_element_child().is_none();
    if first.attribute("Algorithm") != Some(ENVELOPED) || !bare {
        return None;
    }
    canonical_form(second)
}

/// The form that a `Transform` or a `CanonicalizationMethod` asks for.
fn canonical_form<'a>(method: Node<'a, '_>) -> Option<Form<'a>> {
    if method.attribute("Algorithm") != Some(canonical::ALGORITHM) {
        return None;
    }
    let mut parameters = method.children().filter(Node::is_element);
    let inclusive = match parameters.next() {
        None => "",
        Some(list) if list.has_tag_name((canonical::ALGORITHM, "InclusiveNamespaces")) => {
            list.attribute("PrefixList").unwrap_or_default()
        }
        Some(_) => return None,
    };
    parameters.next().is_none().then(|| Form {
        inclusive: inclusive.split_ascii_whitespace().collect(),
        without: None,
    })
}

fn digest(reference: Node<'_, '_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let method = xml::only(reference, SIGNATURE, "DigestMethod")?;
    match method.attribute("Algorithm")? {
        SHA256 => Some(Sha256::digest(bytes).to_vec()),
        SHA1 => Some(Sha1::digest(bytes).to_vec()),
        _ => None,
    }
}

fn bytes(node: Node<'_, '_>) -> Option<Vec<u8>> {
    STANDARD.decode(xml::unbroken(xml::text(node)?)).ok()
}

//! Signatures of JSON Web Tokens (RFC 7515, RFC 7518, RFC 8037) by the keys of JSON Web Key Sets (RFC 7517).
//!
//! Which algorithms may be used, and what a token says, is its reader's matter. Here a key signs only with the algorithms
//! of its own kind, so nobody can have a public key taken for a shared secret. `none` is no algorithm.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use p256::ecdsa::signature::Verifier;
use rsa::{BoxedUint, PublicKey, pkcs1v15, pss};
use serde::Deserialize;
use sha2::{Sha256, Sha384, Sha512};

/// An algorithm, as `alg` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are RFC 7518's own")]
pub enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
    EdDsa,
}

impl Algorithm {
    const ALL: [(&'static str, Self); 13] = [
        ("HS256", Self::Hs256),
        ("HS384", Self::Hs384),
        ("HS512", Self::Hs512),
        ("RS256", Self::Rs256),
        ("RS384", Self::Rs384),
        ("RS512", Self::Rs512),
        ("PS256", Self::Ps256),
        ("PS384", Self::Ps384),
        ("PS512", Self::Ps512),
        ("ES256", Self::Es256),
        ("ES384", Self::Es384),
        ("ES512", Self::Es512),
        ("EdDSA", Self::EdDsa),
    ];

    /// The algorithm of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, algorithm)| *algorithm)
    }
}

/// A JSON Web Key, as far as it verifies.
#[derive(Debug, Clone, Deserialize)]
pub struct Key {
    /// Its kind: `RSA`, `EC`, `OKP` or `oct`. Others verify nothing.
    pub kty: String,
    /// Its name.
    pub kid: Option<String>,
    /// The one algorithm that it is for.
    pub alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    k: Option<String>,
}

impl Key {
    /// Whether it made this signature of these bytes with this algorithm.
    pub fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let checked = match algorithm {
            Algorithm::Hs256 => self.mac::<Hmac<Sha256>>(signed, signature),
            Algorithm::Hs384 => self.mac::<Hmac<Sha384>>(signed, signature),
            Algorithm::Hs512 => self.mac::<Hmac<Sha512>>(signed, signature),
            Algorithm::Es256 => self.point("P-256").and_then(|point| {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
                let signature = p256::ecdsa::Signature::from_slice(signature).ok()?;
                key.verify(signed, &signature).ok()
            }),
            Algorithm::Es384 => self.point("P-384").and_then(|point| {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
                let signature = p384::ecdsa::Signature::from_slice(signature).ok()?;
                key.verify(signed, &signature).ok()
            }),
            Algorithm::Es512 => self.point("P-521").and_then(|point| {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
                let signature = p521::ecdsa::Signature::from_slice(signature).ok()?;
                key.verify(signed, &signature).ok()
            }),
            Algorithm::EdDsa => self.edwards(signed, signature),
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => self.rsa(algorithm, signed, signature),
        };
        checked.is_some()
    }

    fn mac<M: Mac + KeyInit>(&self, signed: &[u8], signature: &[u8]) -> Option<()> {
        let secret = self.of("oct").and_then(|()| bytes(self.k.as_ref()))?;
        let mac = <M as KeyInit>::new_from_slice(&secret).ok()?;
        mac.chain_update(signed).verify_slice(signature).ok()
    }

    fn rsa(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> Option<()> {
        self.of("RSA")?;
        let number = |part: &Option<String>| {
            let bytes = bytes(part.as_ref())?;
            Some(BoxedUint::from_be_slice_vartime(&bytes))
        };
        let key = PublicKey::new(number(&self.n)?, number(&self.e)?).ok()?;
        let v15 = || pkcs1v15::Signature::try_from(signature).ok();
        let pss = || pss::Signature::try_from(signature).ok();
        let checked = match algorithm {
            Algorithm::Rs256 => pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(signed, &v15()?),
            Algorithm::Rs384 => pkcs1v15::VerifyingKey::<Sha384>::new(key).verify(signed, &v15()?),
            Algorithm::Rs512 => pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(signed, &v15()?),
            Algorithm::Ps256 => pss::VerifyingKey::<Sha256>::new(key).verify(signed, &pss()?),
            Algorithm::Ps384 => pss::VerifyingKey::<Sha384>::new(key).verify(signed, &pss()?),
            Algorithm::Ps512 => pss::VerifyingKey::<Sha512>::new(key).verify(signed, &pss()?),
            _ => return None,
        };
        checked.ok()
    }

    /// An uncompressed point: SEC 1, 2.3.3.
    fn point(&self, curve: &str) -> Option<Vec<u8>> {
        self.of("EC")?;
        let (x, y) = (bytes(self.x.as_ref())?, bytes(self.y.as_ref())?);
        (self.crv.as_deref() == Some(curve)).then(|| [&[4][..], &x, &y].concat())
    }

    fn edwards(&self, signed: &[u8], signature: &[u8]) -> Option<()> {
        self.of("OKP")?;
        if self.crv.as_deref() != Some("Ed25519") {
            return None;
        }
        let key: [u8; 32] = bytes(self.x.as_ref())?.try_into().ok()?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key).ok()?;
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        key.verify_strict(signed, &signature).ok()
    }

    fn of(&self, kind: &str) -> Option<()> {
        (self.kty == kind).then_some(())
    }
}

fn bytes(part: Option<&String>) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part?).ok()
}

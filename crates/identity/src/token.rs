//! Keys and tokens of role sessions. They are sealed, not stored: any process that has the store's sealing key
//! can open a token without looking anything up (ARCHITECTURE.md, Invariants).
//!
//! * An access key id is `STS.N`, 16 random letters and 10 letters that authenticate them. So an id that was
//!   never issued can be told from one that comes with the wrong token.
//! * The secret is derived from the id. Both derivations use SHA-256, for which processors have instructions.
//! * A diagnosis of a refusal is sealed like a token, with another key and other fixed bytes; it begins with `AQIB`, as
//!   the real ones do.
//! * The token is the Base64 of three fixed bytes (which make it begin with `CAIS`, as the real ones do), a format
//!   byte, a nonce, and the [`Claims`] under XChaCha20-Poly1305. The nonce is random; its 192 bits make a
//!   collision impossible in practice.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use gateway::{Diagnosis, Fault, Link};
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Sha256, Sha512};
use signature::Secret;
use subtle::ConstantTimeEq;

use crate::random::{self, Stock};

/// What every id of a session's key begins with.
pub(crate) const KEY_PREFIX: &str = "STS.";
/// The rest of the fixed part.
const KEY_MARK: &str = "N";
const KEY_RANDOM: usize = 16;
const KEY_CHECK: usize = 10;
const SECRET_LENGTH: usize = 44;

/// Base64 of these is `CAIS`; the last byte is the format of what follows.
const PREFIX: [u8; 4] = [0x08, 0x02, 0x12, 0x02];
/// Base64 of these is `AQIB`; the last byte is the format of what follows.
const DIAGNOSIS: [u8; 4] = [0x01, 0x02, 0x01, 0x01];
const NONCE: usize = 24;

/// Claims usually have no more bytes than this.
const USUAL: usize = 512;

/// A token longer than this was not made here: a session policy has 2048 characters at most.
const LONGEST: usize = 16 << 10;

/// What a token says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims<'a> {
    /// The uid of the account that has the role.
    pub(crate) account: Cow<'a, str>,
    /// The role. Its name is looked up on use, so that a role made anew under the same name is another one.
    pub(crate) role_id: Cow<'a, str>,
    /// The key that the token belongs to.
    pub(crate) key_id: Cow<'a, str>,
    /// `RoleSessionName`.
    pub(crate) session_name: Cow<'a, str>,
    /// The text of the session policy.
    pub(crate) policy: Option<Cow<'a, str>>,
    /// Kept through role chaining.
    pub(crate) source_identity: Option<Cow<'a, str>>,
    /// The end, in seconds of virtual Unix time.
    pub(crate) expires: i64,
    /// Who assumed the role.
    pub(crate) chain: Vec<Link>,
}

impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("role_id", &self.role_id)
            .field("key_id", &self.key_id)
            .field("session_name", &self.session_name)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Makes and opens keys and tokens.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    diagnoses: XChaCha20Poly1305,
    // With the key taken in: that is half of the work on a short text.
    ids: Hmac<Sha256>,
    secrets: Hmac<Sha256>,
    proofs: Hmac<Sha512>,
    /// For nonces and ids.
    stock: Stock,
}

pub(crate) type Key = [u8; 64];

impl Sealer {
    /// Everything is derived from the sealing key, one key a purpose.
    pub(crate) fn new(sealing_key: &[u8; 32]) -> Self {
        Self {
            cipher: cipher(sealing_key, b"sts token"),
            diagnoses: cipher(sealing_key, b"diagnostic message"),
            ids: keyed(&derive(sealing_key, b"sts access key id")),
            secrets: keyed(&derive(sealing_key, b"sts access key secret")),
            proofs: keyed(&derive(sealing_key, b"proofs")),
            stock: Stock::default(),
        }
    }

    /// A fresh key id.
    pub(crate) fn key_id(&self) -> Result<String, Fault> {
        let random = random::letters(&self.stock.take::<KEY_RANDOM>()?);
        let check = self.check_of(&random);
        Ok([KEY_PREFIX, KEY_MARK, &random, &check].concat())
    }

    /// Whether this sealer made the id.
    pub(crate) fn issued(&self, key_id: &str) -> bool {
        let rest = key_id
            .strip_prefix(KEY_PREFIX)
            .and_then(|r| r.strip_prefix(KEY_MARK));
        let Some(rest) = rest else { return false };
        if rest.len() != KEY_RANDOM + KEY_CHECK || !random::is_letters(rest) {
            return false;
        }
        let (random, check) = rest.split_at(KEY_RANDOM);
        self.check_of(random)
            .as_bytes()
            .ct_eq(check.as_bytes())
            .into()
    }

    /// The secret of a key. One hash has not as many bytes as it has letters.
    pub(crate) fn secret(&self, key_id: &str) -> Secret {
        let half = |number: u8| {
            let mac = self.secrets.clone().chain_update([number]);
            mac.chain_update(key_id).finalize().into_bytes()
        };
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&half(0));
        bytes[32..].copy_from_slice(&half(1));
        Secret::new(random::letters(&bytes[..SECRET_LENGTH]))
    }

    /// The token that says this.
    pub(crate) fn seal(&self, claims: &Claims<'_>) -> Result<Secret, Fault> {
        self.sealed(&self.cipher, PREFIX, claims).map(Secret::new)
    }

    /// What a token says, if it was sealed here and nobody touched it.
    pub(crate) fn open(&self, token: &str) -> Option<Claims<'static>> {
        open(&self.cipher, PREFIX, token)
    }

    /// The text that hides a diagnosis.
    pub(crate) fn seal_diagnosis(&self, diagnosis: &Diagnosis) -> Result<String, Fault> {
        self.sealed(&self.diagnoses, DIAGNOSIS, diagnosis)
    }

    /// The diagnosis in a text, if it was sealed here and nobody touched it.
    pub(crate) fn open_diagnosis(&self, text: &str) -> Option<Diagnosis> {
        open(&self.diagnoses, DIAGNOSIS, text)
    }

    /// What only this sealer can say of a text. Each `purpose` is a key of its own.
    pub(crate) fn proof(&self, purpose: &str, text: &[u8]) -> Key {
        derive(&of(&self.proofs, purpose.as_bytes()), text)
    }

    fn check_of(&self, random: &str) -> String {
        let bytes = self.ids.clone().chain_update(random).finalize();
        random::letters(&bytes.into_bytes()[..KEY_CHECK])
    }

    fn sealed(
        &self,
        cipher: &XChaCha20Poly1305,
        prefix: [u8; 4],
        what: &impl Serialize,
    ) -> Result<String, Fault> {
        let plain =
            postcard::to_extend(what, Vec::with_capacity(USUAL)).map_err(Fault::internal)?;
        let nonce = self.stock.take::<NONCE>()?;
        let payload = Payload {
            msg: &plain,
            aad: &prefix,
        };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|e| Fault::internal(e.to_string()))?;
        Ok(STANDARD.encode([&prefix[..], &nonce, &sealed].concat()))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

fn open<T: DeserializeOwned>(cipher: &XChaCha20Poly1305, prefix: [u8; 4], text: &str) -> Option<T> {
    if text.len() > LONGEST {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    let rest = bytes.strip_prefix(&prefix)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: sealed,
        aad: &prefix,
    };
    let plain = cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
    postcard::from_bytes(&plain).ok()
}

fn cipher(sealing_key: &[u8; 32], purpose: &[u8]) -> XChaCha20Poly1305 {
    let derived = derive(sealing_key, purpose);
    let mut key = [0; 32];
    key.copy_from_slice(&derived[..32]);
    XChaCha20Poly1305::new(&key.into())
}

fn keyed<M: Mac + KeyInit>(key: &[u8]) -> M {
    M::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn derive(key: &[u8], purpose: &[u8]) -> Key {
    of(&keyed(key), purpose)
}

fn of(keyed: &Hmac<Sha512>, text: &[u8]) -> Key {
    let mut mac = keyed.clone();
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32])
    }

    fn claims(key_id: &str) -> Claims<'_> {
        Claims {
            account: "1234567890123456".into(),
            role_id: "300000000000000001".into(),
            key_id: key_id.into(),
            session_name: "session".into(),
            policy: Some(r#"{"Version":"1"}"#.into()),
            source_identity: None,
            expires: 1_900_000_000,
            chain: vec![Link {
                principal: "acs:ram::1:user/alice".into(),
                access_key_id: Some("LTAI".into()),
            }],
        }
    }

    #[test]
    fn a_token_opens_and_looks_like_a_real_one() {
        let sealer = sealer();
        let id = sealer.key_id().unwrap();
        let token = sealer.seal(&claims(&id)).unwrap();
        assert!(token.expose().starts_with("CAIS"));
        assert_eq!(sealer.open(token.expose()), Some(claims(&id)));
        assert_eq!(Sealer::new(&[8; 32]).open(token.expose()), None);
        assert_ne!(
            sealer.seal(&claims(&id)).unwrap().expose(),
            token.expose(),
            "the nonce is fresh each time"
        );
    }

    #[test]
    fn a_token_changed_anywhere_does_not_open() {
        let sealer = sealer();
        let token = sealer.seal(&claims("STS.N")).unwrap();
        let token = token.expose().as_bytes();
        for at in 0..token.len() {
            for flip in [0x01, 0x02, 0x10, 0x20] {
                let mut changed = token.to_vec();
                changed[at] ^= flip;
                let Ok(text) = String::from_utf8(changed) else {
                    continue;
                };
                assert_eq!(sealer.open(&text), None, "byte {at} ^ {flip}");
            }
        }
        let raw = STANDARD.decode(token).unwrap();
        for at in 0..raw.len() {
            let mut changed = raw.clone();
            changed[at] ^= 0x80;
            assert_eq!(sealer.open(&STANDARD.encode(changed)), None, "byte {at}");
            assert_eq!(
                sealer.open(&STANDARD.encode(&raw[..at])),
                None,
                "cut at {at}"
            );
        }
    }

    #[test]
    fn key_ids_are_authentic() {
        let sealer = sealer();
        let id = sealer.key_id().unwrap();
        assert_eq!(id.len(), "STS.".len() + 27);
        assert!(sealer.issued(&id));
        assert!(!Sealer::new(&[8; 32]).issued(&id));
        for at in 0..id.len() {
            let mut changed = id.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(!sealer.issued(&changed), "{changed}");
        }
        for wrong in ["", "STS.", "STS.N", "STS.Nä", "LTAIxyz"] {
            assert!(!sealer.issued(wrong));
        }
    }

    #[test]
    fn a_secret_belongs_to_its_id() {
        let sealer = sealer();
        let (a, b) = (sealer.secret("STS.a"), sealer.secret("STS.b"));
        assert_eq!(a.expose().len(), SECRET_LENGTH);
        assert_eq!(a.expose(), sealer.secret("STS.a").expose());
        assert_ne!(a.expose(), b.expose());
    }

    #[test]
    fn a_proof_is_of_one_text_for_one_purpose() {
        let sealer = sealer();
        assert_eq!(sealer.proof("p", b"a"), sealer.proof("p", b"a"));
        assert_ne!(sealer.proof("p", b"a"), sealer.proof("p", b"b"));
        assert_ne!(sealer.proof("p", b"a"), sealer.proof("q", b"a"));
        assert_ne!(
            sealer.proof("p", b"a"),
            Sealer::new(&[8; 32]).proof("p", b"a")
        );
    }

    #[test]
    fn nothing_secret_is_printed() {
        let shown = format!("{:?} {:?}", sealer(), claims("STS.N"));
        assert!(
            !shown.contains("Version") && !shown.contains('7'),
            "{shown}"
        );
    }

    proptest! {
        #[test]
        fn strangers_bytes_never_open(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(sealer().open(&STANDARD.encode(&bytes)), None);
            let prefixed = [&PREFIX[..], &bytes].concat();
            prop_assert_eq!(sealer().open(&STANDARD.encode(prefixed)), None);
            let prefixed = [&DIAGNOSIS[..], &bytes].concat();
            prop_assert_eq!(sealer().open_diagnosis(&STANDARD.encode(prefixed)), None);
        }

        #[test]
        fn strangers_texts_never_open(text in "\\PC*") {
            prop_assert_eq!(sealer().open(&text), None);
            prop_assert_eq!(sealer().open_diagnosis(&text), None);
            prop_assert!(!sealer().issued(&text));
        }
    }
}

//! Tokens of OpenID Connect for tests, from an issuer that exists in name only: the server signs them, and knows its own
//! key. Who may have one can be anybody at all, so they are the admin API's to give.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::{Fault, Moment};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;
use signature::Secret;

use crate::token::Sealer;
use crate::{Identity, random, rows};

/// What a token is to say.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`.
    pub subject: &'a str,
    /// `aud`.
    pub audience: &'a str,
    /// How long it lives, in seconds.
    pub seconds: u32,
}

/// Why there is no token.
#[derive(Debug)]
pub enum TokenError {
    /// Somebody else's keys were said to be the issuer's.
    OtherKeys(String),
    /// The store failed.
    Failed(Fault),
}

impl From<Fault> for TokenError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherKeys(issuer) => write!(
                f,
                "the issuer `{issuer}` signs with keys that are not this server's; name an issuer for which no keys \
                 were said with oidc-keys"
            ),
            Self::Failed(fault) => write!(f, "{fault}"),
        }
    }
}

impl Identity {
    /// Makes a token, and says that the server's key is the issuer's, for AssumeRoleWithOIDC to know. Its times are wall
    /// time, as those of every issuer.
    ///
    /// # Errors
    ///
    /// Other keys were said for the issuer; the store failed.
    pub async fn make_token(&self, new: NewToken<'_>, now: &Moment) -> Result<Secret, TokenError> {
        let generation = self.generation().await?;
        let key = signing_key(&*self.sealer(&generation).await?)?;
        self.claim_issuer(new.issuer, &key_set(&key)).await?;
        let issued = now.wall.timestamp();
        let claims = json!({
            "iss": new.issuer,
            "sub": new.subject,
            "aud": [new.audience],
            "iat": issued,
            "exp": issued + i64::from(new.seconds),
            "jti": random::letters(&random::bytes::<16>()?),
        });
        let header = json!({ "alg": "ES256", "kid": KEY_ID, "typ": "JWT" });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature: Signature = key
            .try_sign(signed.as_bytes())
            .map_err(|e| Fault::internal(e.to_string()))?;
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        Ok(Secret::new(format!("{signed}.{signature}")))
    }

    async fn claim_issuer(&self, issuer: &str, jwks: &str) -> Result<(), TokenError> {
        let row = rows::issuer_keys(issuer);
        loop {
            let mut change = self.begin().await?;
            match change.row(&row).await? {
                Some(known) if *known.value == *jwks.as_bytes() => return Ok(()),
                Some(_) => return Err(TokenError::OtherKeys(issuer.to_owned())),
                None => change.put_bytes(&row, jwks.as_bytes()),
            }
            if change.commit().await? {
                return Ok(());
            }
        }
    }
}

const KEY_ID: &str = "localyun";

/// The server's key, derived from what seals tokens. Of the numbers that 32 bytes can be, one in 2^32 is no key of the
/// curve; the next is taken then.
fn signing_key(sealer: &Sealer) -> Result<SigningKey, Fault> {
    let candidate = |n: u8| {
        let proof = sealer.proof("oidc signing key", &[n]);
        SigningKey::from_slice(&proof[..32]).ok()
    };
    let mut candidates = (0..=u8::MAX).filter_map(candidate);
    candidates
        .next()
        .ok_or_else(|| Fault::internal("no signing key could be derived"))
}

/// The public half as a JSON Web Key Set.
fn key_set(key: &SigningKey) -> String {
    let point = key.verifying_key().to_sec1_point(false);
    let part = |part: Option<&[u8]>| URL_SAFE_NO_PAD.encode(part.unwrap_or_default());
    let (x, y) = (
        part(point.x().map(|x| &x[..])),
        part(point.y().map(|y| &y[..])),
    );
    let key = json!({ "kty": "EC", "crv": "P-256", "kid": KEY_ID, "alg": "ES256", "use": "sig", "x": x, "y": y });
    json!({ "keys": [key] }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::{KeySet, Token};
    use gateway::Clock;
    use store::Store;

    const NEW: NewToken<'_> = NewToken {
        issuer: "https://idp.example.com",
        subject: "system:serviceaccount:ns:sa",
        audience: "sts.aliyuncs.com",
        seconds: 60,
    };

    async fn fresh() -> Identity {
        let identity = Identity::new(Store::memory());
        let now = Clock::system().now();
        identity.bootstrap(now.virtual_).await.unwrap();
        identity
    }

    #[tokio::test]
    async fn a_token_says_what_it_is_to_say_and_proves_it() {
        let (identity, now) = (fresh().await, Clock::system().now());
        let text = identity.make_token(NEW, &now).await.unwrap();
        let token = Token::read(text.expose()).unwrap();
        assert_eq!(token.claims.issuer, NEW.issuer);
        assert_eq!(token.claims.subject, NEW.subject);
        assert_eq!(token.claims.audience, [NEW.audience]);
        assert_eq!(token.claims.expires - token.claims.issued, 60);
        let keys = identity.issuer_keys(NEW.issuer, &crate::oidc::Unreachable);
        assert!(token.is_signed_by(&keys.await.unwrap()));

        let other = fresh().await;
        let key = signing_key(&Sealer::new(&[7; 32])).unwrap();
        assert!(!token.is_signed_by(&KeySet::parse(key_set(&key).as_bytes()).unwrap()));
        other.make_token(NEW, &now).await.unwrap();
        let keys = other.issuer_keys(NEW.issuer, &crate::oidc::Unreachable);
        assert!(!token.is_signed_by(&keys.await.unwrap()));
    }

    #[tokio::test]
    async fn nobody_elses_issuer_is_taken_over() {
        let (identity, now) = (fresh().await, Clock::system().now());
        let key = signing_key(&Sealer::new(&[7; 32])).unwrap();
        let theirs = key_set(&key);
        identity.put_issuer_keys(NEW.issuer, &theirs).await.unwrap();
        let refused = identity.make_token(NEW, &now).await.unwrap_err();
        assert!(refused.to_string().contains(NEW.issuer), "{refused}");
        let kept = identity.issuer_keys(NEW.issuer, &crate::oidc::Unreachable);
        assert!(kept.await.is_ok());
    }
}

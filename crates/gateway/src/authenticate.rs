//! Who makes a request: signature, key, token, time, nonce.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use signature::{Claim, Malformed, Mismatch, Payload, Query, Reading, Scheme, Signable, Timing};

use crate::serve::{AuthMode, Gateway};
use crate::{Caller, Credential, CredentialError, Fault, Head, Moment, Service};

/// How far the clocks of client and server may be apart (spec/oss.md §3, spec/identity.md §1.1).
pub const MAX_SKEW: TimeDelta = TimeDelta::minutes(15);

/// Why a request could not be authenticated. Each service words it in its own way.
#[derive(Debug)]
pub enum AuthFailure {
    /// There is a signature, and it cannot be read.
    Malformed(Malformed),
    /// A derived key is scoped to another region or product.
    Scope(Fault),
    /// A signed URL is over.
    Expired {
        /// When it ended, in virtual time.
        at: DateTime<Utc>,
        /// Virtual time now.
        now: DateTime<Utc>,
    },
    /// A signed URL begins more than [`MAX_SKEW`] from now, or a request's stamp is that far off.
    Skewed {
        /// What the client stamped.
        request_time: DateTime<Utc>,
        /// Wall time here.
        server_time: DateTime<Utc>,
    },
    /// The key or its token is no good.
    Credential {
        /// The key that was named.
        access_key_id: String,
        /// What is wrong.
        error: CredentialError,
    },
    /// The signature is another one.
    Mismatch {
        /// Which scheme, key and so on.
        claim: Box<Claim<'static>>,
        /// What was signed here.
        mismatch: Box<Mismatch>,
    },
    /// This request was here before.
    Replayed,
    /// The key may not be used where the request comes from.
    Network,
}

/// What authentication looks at.
pub(crate) struct Presented<'a, S: Service> {
    pub(crate) service: &'a S,
    pub(crate) name: &'a S::Name,
    pub(crate) head: &'a Head,
    pub(crate) payload: Payload<'a>,
    pub(crate) now: &'a Moment,
}

/// A claim that was found to be true, but for its nonce.
pub(crate) struct Proven<'a> {
    claim: Claim<'a>,
    credential: Credential,
}

impl<S: Service> Presented<'_, S> {
    /// What a signature may cover. `query` is [`Service::signed_query`].
    pub(crate) fn signable<'b>(&'b self, query: &'b Query) -> Signable<'b> {
        let head = self.head;
        Signable {
            method: head.method.as_str(),
            path: &head.path,
            query,
            form: head.form.as_ref(),
            headers: &head.headers,
            resource: self.service.signed_resource(self.name),
            payload: self.payload,
        }
    }
}

impl Gateway {
    /// The maker of a request. No signature at all is [`Caller::anonymous`]; a broken one never is.
    pub(crate) async fn authenticate<S: Service>(
        &self,
        presented: Presented<'_, S>,
    ) -> Result<Arc<Caller>, AuthFailure> {
        let now = presented.now;
        let query = presented.service.signed_query(presented.head);
        let signable = presented.signable(&query);
        if self.mode() == AuthMode::Off {
            return Ok(self.unchecked::<S>(&signable, now).await);
        }
        let Some(proven) = self.prove(&presented, &signable).await? else {
            return Ok(Arc::new(Caller::anonymous()));
        };
        let needed = presented.service.needs_nonce(presented.name);
        self.check_nonce(&proven.claim, needed, now)?;
        if let Some(key) = &proven.credential.permanent {
            key.last_use.note(now.virtual_, S::PRODUCT);
        }
        Ok(proven.credential.caller)
    }

    /// Who signed, if somebody did: all that is checked before the nonce, which is good for one request only.
    pub(crate) async fn prove<'a, S: Service>(
        &self,
        presented: &Presented<'_, S>,
        signable: &Signable<'a>,
    ) -> Result<Option<Proven<'a>>, AuthFailure> {
        let claim = match signature::read(S::SCHEMES, signable) {
            Reading::NotMine => return Ok(None),
            Reading::Broken(malformed) => return Err(AuthFailure::Malformed(malformed)),
            Reading::Mine(claim) => claim,
        };
        let (head, now) = (presented.head, presented.now);
        self.check_claim(presented.service, &claim, head, now)?;
        let credential = self.credential(&claim, now).await?;
        check_skew(&claim, now)?;
        if let Err(mismatch) = claim.verify(&credential.secret, signable) {
            return Err(AuthFailure::Mismatch {
                claim: Box::new(claim.into_owned()),
                mismatch: Box::new(mismatch),
            });
        }
        let permanent = credential.permanent.as_ref();
        if permanent.is_some_and(|key| !key.is_open_to(head.peer)) {
            return Err(AuthFailure::Network);
        }
        Ok(Some(Proven { claim, credential }))
    }

    /// Where nothing is checked: whoever the key belongs to, and where there is no usable one, whoever the directory
    /// puts in their place.
    async fn unchecked<S: Service>(&self, signable: &Signable<'_>, now: &Moment) -> Arc<Caller> {
        let found = match signature::read(S::SCHEMES, signable) {
            Reading::Mine(claim) => self.credential(&claim, now).await.ok(),
            Reading::NotMine | Reading::Broken(_) => None,
        };
        found.map_or_else(|| Arc::new(self.directory.stand_in()), |found| found.caller)
    }

    /// What can be told before the key is looked up: scope, and the end of a signed URL (which comes before
    /// its signature, spec/oss.md §2.2).
    fn check_claim<S: Service>(
        &self,
        service: &S,
        claim: &Claim<'_>,
        head: &Head,
        now: &Moment,
    ) -> Result<(), AuthFailure> {
        if let Some(scope) = &claim.scope {
            service
                .check_scope(scope, head)
                .map_err(AuthFailure::Scope)?;
        }
        let at = match claim.timing {
            Timing::SignedAt(_) | Timing::Unbounded => return Ok(()),
            Timing::ExpiresAt(at) => at,
            Timing::Window { from, seconds } => {
                self.clock.virtual_at(from) + TimeDelta::seconds(i64::from(seconds))
            }
        };
        if at < now.virtual_ {
            return Err(AuthFailure::Expired {
                at,
                now: now.virtual_,
            });
        }
        Ok(())
    }

    pub(crate) async fn credential(
        &self,
        claim: &Claim<'_>,
        now: &Moment,
    ) -> Result<Credential, AuthFailure> {
        let (id, token) = (&claim.access_key_id, claim.security_token.as_deref());
        if let Some(found) = self.directory.credential_at_hand(id, token, now) {
            return Ok(found);
        }
        let found = self.directory.credential(id, token, now).await;
        found.map_err(|error| AuthFailure::Credential {
            access_key_id: id.clone().into_owned(),
            error,
        })
    }

    /// After all else: a client that lost its connection sends the same signed request again.
    fn check_nonce(
        &self,
        claim: &Claim<'_>,
        needed: bool,
        now: &Moment,
    ) -> Result<(), AuthFailure> {
        match &claim.nonce {
            None if claim.scheme == Scheme::Acs3 && needed => {
                let name = "x-acs-signature-nonce";
                Err(AuthFailure::Malformed(Malformed::MissingHeader { name }))
            }
            Some(nonce) if !self.nonces.take(&claim.access_key_id, nonce, now.wall) => {
                Err(AuthFailure::Replayed)
            }
            _ => Ok(()),
        }
    }
}

/// A stamp may be [`MAX_SKEW`] off; a signed URL may begin that far ahead.
fn check_skew(claim: &Claim<'_>, now: &Moment) -> Result<(), AuthFailure> {
    let (request_time, off) = match claim.timing {
        Timing::SignedAt(at) => (at, (at - now.wall).abs()),
        Timing::Window { from, .. } => (from, from - now.wall),
        Timing::ExpiresAt(_) | Timing::Unbounded => return Ok(()),
    };
    if off > MAX_SKEW {
        return Err(AuthFailure::Skewed {
            request_time,
            server_time: now.wall,
        });
    }
    Ok(())
}

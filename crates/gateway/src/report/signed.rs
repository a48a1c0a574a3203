//! Why it could not be established who made a request.

use serde::Serialize;
use signature::{Claim, Difference, Malformed, Mismatch, Payload, Signable};

use super::redact::scrub;
use super::seconds;
use crate::authenticate::{MAX_SKEW, Presented};
use crate::{AuthFailure, CredentialError, Gateway, Head, Moment, Service, region};

/// What is wrong with a signature.
#[derive(Debug, Clone, Serialize)]
pub struct Trouble {
    /// What is wrong, and what to do.
    pub why: String,
    /// What this server signs, for a signature that does not match.
    pub ours: Option<Signed>,
    /// What the client seems to have signed instead, if that could be found out.
    pub theirs: Option<Guessed>,
}

/// What a signature is made from.
#[derive(Debug, Clone, Serialize)]
pub struct Signed {
    /// The canonical request, in schemes that have one.
    pub canonical_request: Option<String>,
    /// The string to sign.
    pub string_to_sign: String,
}

/// What a client seems to have done.
#[derive(Debug, Clone, Serialize)]
pub struct Guessed {
    /// To follow "the client".
    pub what: String,
    /// What it signed.
    pub signed: Signed,
    /// The first part in which that differs from ours: ours, then theirs. None where the same was signed with another
    /// key.
    pub differs: Option<(String, String)>,
}

impl Trouble {
    fn because(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            ours: None,
            theirs: None,
        }
    }
}

impl Gateway {
    /// Authenticates once more, but for the nonce.
    pub(super) async fn trouble<S: Service>(
        &self,
        service: &S,
        head: &Head,
        now: &Moment,
    ) -> Option<Trouble> {
        let (_, name) = service.route(head).ok()?;
        let presented = Presented {
            service,
            name: &name,
            head,
            payload: payload(head),
            now,
        };
        let query = service.signed_query(head);
        let signable = presented.signable(&query);
        let failure = match self.prove(&presented, &signable).await {
            Ok(None) => {
                let why = "the request carries no signature, and the operation needs one";
                return Some(Trouble::because(why));
            }
            Ok(Some(_)) => {
                let why = "the signature is right, so either its nonce came before (every request needs one of its own), \
                           or what was wrong with the key was put right since";
                return Some(Trouble::because(why));
            }
            Err(failure) => failure,
        };
        match failure {
            AuthFailure::Mismatch { claim, mismatch } => {
                Some(self.mismatch(&claim, *mismatch, &signable, head, now).await)
            }
            other => Some(Trouble::because(sentence(&other))),
        }
    }

    async fn mismatch(
        &self,
        claim: &Claim<'_>,
        mismatch: Mismatch,
        signable: &Signable<'_>,
        head: &Head,
        now: &Moment,
    ) -> Trouble {
        let regions = region::all();
        let hosts = hosts(head, signable);
        let found = self.credential(claim, now).await.ok();
        let found =
            found.and_then(|found| claim.difference(&found.secret, signable, &hosts, regions));
        let ours = Signed {
            canonical_request: mismatch.canonical_request,
            string_to_sign: mismatch.string_to_sign,
        };
        let why = match &found {
            Some(found) => format!("the signature does not match, because the client {}", found.what),
            None => "the signature does not match, and no single slip that is known here explains it. Most often the \
                     secret is another one; else compare what is signed here with what the client signs"
                .to_owned(),
        };
        let theirs = found.map(|found| guessed(found, &ours, head));
        Trouble {
            why,
            ours: Some(ours.scrubbed(head)),
            theirs,
        }
    }
}

impl Signed {
    fn scrubbed(self, head: &Head) -> Self {
        Self {
            canonical_request: self.canonical_request.map(|text| scrub(&text, head)),
            string_to_sign: scrub(&self.string_to_sign, head),
        }
    }

    /// Where a difference is to be looked for.
    fn text(&self) -> &str {
        self.canonical_request
            .as_deref()
            .unwrap_or(&self.string_to_sign)
    }
}

fn guessed(found: Difference, ours: &Signed, head: &Head) -> Guessed {
    let theirs = Signed {
        canonical_request: found.canonical_request,
        string_to_sign: found.string_to_sign,
    };
    let differs = first_difference(ours.text(), theirs.text())
        .or_else(|| first_difference(&ours.string_to_sign, &theirs.string_to_sign));
    let differs = differs.map(|(ours, theirs)| (scrub(ours, head), scrub(theirs, head)));
    Guessed {
        what: found.what,
        signed: theirs.scrubbed(head),
        differs,
    }
}

/// The first line that differs; RPC has but one line, whose parameters are joined by an encoded `&`.
fn first_difference<'a>(ours: &'a str, theirs: &'a str) -> Option<(&'a str, &'a str)> {
    let joint = match ours.contains('\n') {
        true => "\n",
        false => "%26",
    };
    let (mut ours, mut theirs) = (ours.split(joint), theirs.split(joint));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => return Some((ours.unwrap_or_default(), theirs.unwrap_or_default())),
        }
    }
}

/// The body of a form is kept; of any other the client's own word for its hash is taken.
fn payload(head: &Head) -> Payload<'_> {
    match &head.form {
        Some(form) => Payload::Bytes(form.raw().as_bytes()),
        None if head
            .header("content-length")
            .is_none_or(|length| length == "0") =>
        {
            Payload::Bytes(b"")
        }
        None => Payload::Streamed,
    }
}

/// Hosts that the client may have had in mind: the real ones of this service.
fn hosts(head: &Head, signable: &Signable<'_>) -> Vec<String> {
    let region = head.endpoint.region.as_deref().unwrap_or(region::DEFAULT);
    let bucket = signable.resource.and_then(|named| named.bucket);
    let mut hosts = Vec::new();
    match (signable.resource, bucket) {
        (Some(_), bucket) => {
            let endpoint = format!("oss-{region}.aliyuncs.com");
            hosts.extend(bucket.map(|bucket| format!("{bucket}.{endpoint}")));
            hosts.extend(bucket.map(|bucket| format!("{bucket}.{}", head.host)));
            hosts.push(endpoint);
        }
        (None, _) => {
            for service in ["sts", "ram", "ims"] {
                hosts.push(format!("{service}.aliyuncs.com"));
            }
            hosts.push(format!("sts.{region}.aliyuncs.com"));
        }
    }
    let port = head.host.rsplit_once(':').map(|(_, port)| port);
    for name in ["localhost", "127.0.0.1"] {
        hosts.push(name.to_owned());
        hosts.extend(port.map(|port| format!("{name}:{port}")));
    }
    hosts
}

fn sentence(failure: &AuthFailure) -> String {
    match failure {
        // What it begins with instead may be somebody's token.
        AuthFailure::Malformed(Malformed::UnsupportedAuthorizationType { .. }) => {
            "the Authorization header begins with no scheme that this service takes".to_owned()
        }
        AuthFailure::Malformed(malformed) => malformed.to_string(),
        AuthFailure::Scope(fault) => {
            format!("the key was derived for another place: {}", fault.text())
        }
        AuthFailure::Expired { at, now } => format!(
            "the signed URL was good until {}, and it was {}",
            seconds(*at),
            seconds(*now)
        ),
        AuthFailure::Skewed {
            request_time,
            server_time,
        } => format!(
            "it was signed at {} and arrived at {}: the clocks may be {} minutes apart, and are {} s. Set the client's clock",
            seconds(*request_time),
            seconds(*server_time),
            MAX_SKEW.num_minutes(),
            (*request_time - *server_time).num_seconds().abs()
        ),
        AuthFailure::Credential {
            access_key_id,
            error,
        } => format!("the key {access_key_id} {}", unusable(error)),
        AuthFailure::Mismatch { mismatch, .. } => mismatch.to_string(),
        AuthFailure::Replayed => "its nonce came before".to_owned(),
        AuthFailure::Network => {
            "the key may not be used from the address that the request came from (its network access policy)".to_owned()
        }
    }
}

fn unusable(error: &CredentialError) -> String {
    match error {
        CredentialError::Unknown { session: false } => "does not exist".to_owned(),
        CredentialError::Unknown { session: true } => {
            "looks like one of a session, and was not issued here (or before the last reset)"
                .to_owned()
        }
        CredentialError::Inactive => "is switched off (UpdateAccessKey, Status=Active)".to_owned(),
        CredentialError::TokenMissing => {
            "is one of a session, and the request has no security token".to_owned()
        }
        CredentialError::TokenInvalid => {
            "came with a token that was not issued here, was changed, or whose role is gone"
                .to_owned()
        }
        CredentialError::TokenMismatch => "came with the token of another key".to_owned(),
        CredentialError::TokenExpired => "is one of a session that is over".to_owned(),
        CredentialError::Failed(fault) => format!("could not be looked up: {fault}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_another_scheme_is_not_told() {
        let value = "Bearer a-secret-token".to_owned();
        let malformed = Malformed::UnsupportedAuthorizationType { value };
        let told = sentence(&AuthFailure::Malformed(malformed));
        assert!(
            told.contains("Authorization") && !told.contains("secret"),
            "{told}"
        );
    }

    #[test]
    fn the_first_difference_is_a_line_or_a_parameter() {
        for (ours, theirs, expected) in [
            ("PUT\n/a\n", "GET\n/a\n", Some(("PUT", "GET"))),
            ("a\nb", "a\nb\n", Some(("", ""))),
            ("a\nb", "a", Some(("b", ""))),
            (
                "GET&%2F&A%3D1%26B%3D2",
                "GET&%2F&A%3D1%26B%3D3",
                Some(("B%3D2", "B%3D3")),
            ),
            ("a\nb", "a\nb", None),
        ] {
            assert_eq!(first_difference(ours, theirs), expected, "{ours:?}");
        }
    }
}

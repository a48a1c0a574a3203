use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};

use crate::signable::text;
use crate::{
    Malformed, Query, Secret, Signable, acs3, fc_v1, oss_post, oss_v1, oss_v2, oss_v4, roa_v1,
    rpc_v1,
};

/// A way to sign a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// OSS, HMAC-SHA1: [`oss_v1`].
    OssV1,
    /// OSS, `OSS2`, HMAC-SHA256: [`oss_v2`].
    OssV2,
    /// OSS, `OSS4-HMAC-SHA256`: [`oss_v4`].
    OssV4,
    /// OSS, the policy of a form: [`oss_post`].
    OssPost,
    /// RPC, `SignatureVersion=1.0`, HMAC-SHA1: [`rpc_v1`].
    RpcV1,
    /// RPC and ROA, `ACS3-HMAC-SHA256`: [`acs3`].
    Acs3,
    /// ROA, `acs`, HMAC-SHA1: [`roa_v1`].
    RoaV1,
    /// Function Compute, `FC`, HMAC-SHA256: [`fc_v1`].
    FcV1,
}

/// Where in a request the signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// The `Authorization` header.
    Header,
    /// The URL's parameters.
    Query,
    /// A form in the body.
    Form,
}

/// What [`read`] found.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "lives for one match per request; a box would cost the allocation that the size saves"
)]
pub enum Reading<'a> {
    /// No signature of the schemes that were asked for.
    NotMine,
    /// A signature that can be verified once the claimed key's secret is known.
    Mine(Claim<'a>),
    /// A signature that cannot be read. The request is refused; it is not anonymous.
    Broken(Malformed),
}

/// Who a request says it comes from, and everything that has to be looked at before the signature is.
///
/// It borrows from the request what stands there as it is: most claims are proven and dropped.
#[derive(Clone)]
pub struct Claim<'a> {
    /// The scheme.
    pub scheme: Scheme,
    /// Where the signature stands.
    pub placement: Placement,
    /// The access key id.
    pub access_key_id: Cow<'a, str>,
    /// The token of a temporary key.
    pub security_token: Option<Cow<'a, str>>,
    /// When it was signed, or until when it is good. OSS answers "expired" before it looks at the signature.
    pub timing: Timing,
    /// The value that must not come twice. RPC V1 always has one. ACS3 may have none: Function Compute's HTTP triggers
    /// are signed without, every other service should refuse that.
    pub nonce: Option<Cow<'a, str>>,
    /// The credential scope of OSS V4. Comparing the region is left to the caller, who knows the endpoint.
    pub scope: Option<Scope>,
    pub(crate) signature: Cow<'a, str>,
    pub(crate) material: Material<'a>,
}

/// What a scheme keeps from reading for verifying.
#[derive(Clone, Debug)]
pub(crate) enum Material<'a> {
    /// The text of the date line.
    OssV1 {
        date: Cow<'a, str>,
    },
    /// The text of the date line, and the names of the additional headers, sorted.
    OssV2 {
        date: Cow<'a, str>,
        additional: Vec<String>,
    },
    /// The text of the timestamp line, and the names of the additional headers, sorted.
    OssV4 {
        timestamp: String,
        additional: Vec<String>,
    },
    OssPost(oss_post::Version),
    RpcV1,
    /// The names of the signed headers as the client lists them, and the body's declared hash.
    Acs3 {
        signed_headers: Vec<String>,
        content_sha256: Option<String>,
    },
    RoaV1,
    /// The text of the date line.
    FcV1 {
        date: String,
    },
}

/// The times a signature carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Signed at this time; good for as long as the service's clock skew allows.
    SignedAt(DateTime<Utc>),
    /// Good until this time (OSS V1, OSS V2 and Function Compute in the URL).
    ExpiresAt(DateTime<Utc>),
    /// Good for some seconds from this time on (OSS V4 in the URL).
    Window {
        /// `x-oss-date`.
        from: DateTime<Utc>,
        /// `x-oss-expires`.
        seconds: u32,
    },
    /// No time of its own (OSS PostObject): the policy that is signed has one, and the service looks at it.
    Unbounded,
}

impl Timing {
    /// The end of a signed URL, in seconds since the epoch.
    pub(crate) fn until(expires: &str) -> Result<Self, Malformed> {
        let seconds = expires.parse().ok();
        let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let time = time.ok_or_else(|| Malformed::BadExpires {
            value: expires.to_owned(),
        })?;
        Ok(Self::ExpiresAt(time))
    }
}

/// What a key derived for OSS V4 is good for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// `YYYYMMDD`.
    pub date: String,
    /// The region id without `oss-`, or the id of a cloud box.
    pub region: String,
    /// `oss` or `oss-cloudbox`.
    pub product: String,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/aliyun_v4_request",
            self.date, self.region, self.product
        )
    }
}

/// A signature that is not the one we calculate, with what we calculated it from: the services print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The signature in the request.
    pub provided: String,
    /// Our string to sign, by the strict rules.
    pub string_to_sign: String,
    /// Our canonical request (OSS V4, ACS3), by the strict rules.
    pub canonical_request: Option<String>,
}

impl Mismatch {
    /// Of a scheme without a canonical request.
    pub(crate) fn new(provided: &str, string_to_sign: String) -> Self {
        Self {
            provided: provided.to_owned(),
            string_to_sign,
            canonical_request: None,
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the signature {:?} does not match", self.provided)
    }
}

impl std::error::Error for Mismatch {}

/// Looks for a signature of these schemes, in this order.
///
/// Where an OSS scheme is among them, an `Authorization` header of any other kind is broken, as it is for OSS. The
/// other schemes leave foreign `Authorization` headers alone: an HTTP trigger's function may have its own. A form of
/// [`Scheme::OssPost`] is signed in itself, whatever its header and its URL look like.
pub fn read<'a>(schemes: &[Scheme], request: &Signable<'a>) -> Reading<'a> {
    match claim(schemes, request) {
        Ok(Some(claim)) => Reading::Mine(claim),
        Ok(None) => Reading::NotMine,
        Err(malformed) => Reading::Broken(malformed),
    }
}

fn claim<'a>(schemes: &[Scheme], request: &Signable<'a>) -> Result<Option<Claim<'a>>, Malformed> {
    if schemes.contains(&Scheme::OssPost) && request.form.is_some() {
        return oss_post::read(request);
    }
    let oss = schemes
        .iter()
        .any(|scheme| matches!(scheme, Scheme::OssV1 | Scheme::OssV2 | Scheme::OssV4));
    // The other schemes look for it themselves.
    let header = if oss { authorization(request)? } else { None };
    let found = match &header {
        None => first(schemes, request, None)?,
        Some(Cow::Borrowed(text)) => first(schemes, request, Some(Authorization::of(text)))?,
        // A copy, which ends here.
        Some(Cow::Owned(text)) => {
            let found = first(schemes, request, Some(Authorization::of(text)))?;
            found.map(Claim::into_owned)
        }
    };
    match found {
        None if oss => refuse_foreign(request, header),
        found => Ok(found),
    }
}

/// The first of the schemes that finds its signature.
fn first<'a>(
    schemes: &[Scheme],
    request: &Signable<'a>,
    authorization: Option<Authorization<'a>>,
) -> Result<Option<Claim<'a>>, Malformed> {
    for scheme in schemes {
        if let Some(claim) = scheme.read(request, authorization)? {
            return Ok(Some(claim));
        }
    }
    Ok(None)
}

/// An `Authorization` header, cut at the first blank.
#[derive(Clone, Copy)]
pub(crate) struct Authorization<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) rest: &'a str,
}

impl<'a> Authorization<'a> {
    fn of(value: &'a str) -> Self {
        let (scheme, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        Self { scheme, rest }
    }
}

/// The `Authorization` header. Several of them are refused, and one together with a signed URL.
fn authorization<'a>(request: &Signable<'a>) -> Result<Option<Cow<'a, str>>, Malformed> {
    let mut values = request.headers.get_all(http::header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(Malformed::RepeatedAuthorization),
        (Some(_), None) if is_signed_url(request.query) => Err(Malformed::HeaderAndUrl),
        (value, _) => Ok(value.map(text)),
    }
}

fn is_signed_url(query: &Query) -> bool {
    [
        oss_v1::is_signed_url,
        oss_v2::is_signed_url,
        oss_v4::is_signed_url,
    ]
    .iter()
    .any(|is_signed| is_signed(query))
}

/// A signature of a kind that was not asked for.
fn refuse_foreign<'a>(
    request: &Signable<'_>,
    authorization: Option<Cow<'_, str>>,
) -> Result<Option<Claim<'a>>, Malformed> {
    if let Some(value) = authorization {
        let value = value.into_owned();
        let empty = value.is_empty();
        return Err(if empty {
            Malformed::EmptyAuthorization
        } else {
            Malformed::UnsupportedAuthorizationType { value }
        });
    }
    match request.query.first(oss_v4::VERSION) {
        Some(value) => Err(Malformed::UnsupportedSignatureVersion {
            value: value.to_owned(),
        }),
        None => Ok(None),
    }
}

impl Scheme {
    fn read<'a>(
        self,
        request: &Signable<'a>,
        authorization: Option<Authorization<'a>>,
    ) -> Result<Option<Claim<'a>>, Malformed> {
        match self {
            Scheme::OssV1 => oss_v1::read(request, authorization),
            Scheme::OssV2 => oss_v2::read(request, authorization),
            Scheme::OssV4 => oss_v4::read(request, authorization),
            Scheme::OssPost => oss_post::read(request),
            Scheme::RpcV1 => rpc_v1::read(request),
            Scheme::Acs3 => acs3::read(request),
            Scheme::RoaV1 => roa_v1::read(request),
            Scheme::FcV1 => fc_v1::read(request),
        }
    }
}

impl Claim<'_> {
    /// The same without the request.
    pub fn into_owned(self) -> Claim<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Claim {
            scheme: self.scheme,
            placement: self.placement,
            access_key_id: owned(self.access_key_id),
            security_token: self.security_token.map(owned),
            timing: self.timing,
            nonce: self.nonce.map(owned),
            scope: self.scope,
            signature: owned(self.signature),
            material: self.material.into_owned(),
        }
    }

    /// Proves the claim with the secret of [`Claim::access_key_id`], over the request it was read from.
    ///
    /// The strict rules come first. Where they fail, the known deviations of official clients are tried, a bounded
    /// number of them; each scheme's module lists its own.
    pub fn verify(&self, secret: &Secret, request: &Signable<'_>) -> Result<(), Mismatch> {
        match &self.material {
            Material::OssV1 { date } => oss_v1::verify(&self.signature, date, secret, request),
            Material::OssV2 { date, additional } => {
                oss_v2::verify(&self.signature, date, additional, secret, request)
            }
            Material::OssV4 {
                timestamp,
                additional,
            } => {
                let key = self.signing_key(secret);
                oss_v4::verify(&self.signature, timestamp, additional, &key, request)
            }
            Material::OssPost(version) => {
                let scope = self.scope.as_ref();
                oss_post::verify(&self.signature, *version, secret, scope, request)
            }
            Material::RpcV1 => rpc_v1::verify(&self.signature, secret, request),
            Material::RoaV1 => roa_v1::verify(&self.signature, secret, request),
            Material::FcV1 { date } => fc_v1::verify(&self.signature, date, secret, request),
            Material::Acs3 { signed_headers, .. } => {
                acs3::verify(&self.signature, signed_headers, secret, request)
            }
        }
    }

    /// As [`Claim::verify`] with a key that was derived before and kept: four HMACs fewer. Only for OSS V4; a key for
    /// another scope, or a claim of another scheme, does not match.
    pub fn verify_derived(
        &self,
        key: &oss_v4::SigningKey,
        request: &Signable<'_>,
    ) -> Result<(), Mismatch> {
        match &self.material {
            Material::OssV4 {
                timestamp,
                additional,
            } if self.scope.as_ref() == Some(key.scope()) => {
                oss_v4::verify(&self.signature, timestamp, additional, key, request)
            }
            _ => Err(Mismatch::new(&self.signature, String::new())),
        }
    }

    fn signing_key(&self, secret: &Secret) -> oss_v4::SigningKey {
        let nowhere = || Scope {
            date: String::new(),
            region: String::new(),
            product: String::new(),
        };
        oss_v4::SigningKey::derive(secret, self.scope.clone().unwrap_or_else(nowhere))
    }

    /// The hash that the client says the body has (ACS3). It is signed, so whoever reads a [`crate::Payload::Streamed`]
    /// body to its end compares it.
    pub fn content_sha256(&self) -> Option<&str> {
        match &self.material {
            Material::Acs3 { content_sha256, .. } => content_sha256.as_deref(),
            Material::OssV1 { .. }
            | Material::OssV2 { .. }
            | Material::OssV4 { .. }
            | Material::OssPost(_)
            | Material::RpcV1
            | Material::RoaV1
            | Material::FcV1 { .. } => None,
        }
    }
}

impl Material<'_> {
    fn into_owned(self) -> Material<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::OssV1 { date } => Material::OssV1 { date: owned(date) },
            Self::OssV2 { date, additional } => Material::OssV2 {
                date: owned(date),
                additional,
            },
            Self::OssV4 {
                timestamp,
                additional,
            } => Material::OssV4 {
                timestamp,
                additional,
            },
            Self::OssPost(version) => Material::OssPost(version),
            Self::RpcV1 => Material::RpcV1,
            Self::Acs3 {
                signed_headers,
                content_sha256,
            } => Material::Acs3 {
                signed_headers,
                content_sha256,
            },
            Self::RoaV1 => Material::RoaV1,
            Self::FcV1 { date } => Material::FcV1 { date },
        }
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("scheme", &self.scheme)
            .field("placement", &self.placement)
            .field("access_key_id", &self.access_key_id)
            .field("security_token", &self.security_token.as_ref().map(|_| "…"))
            .field("timing", &self.timing)
            .field("nonce", &self.nonce)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

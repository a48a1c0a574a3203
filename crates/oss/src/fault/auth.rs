//! Requests that could not be authenticated (§3).

use std::borrow::Cow;
use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use gateway::authenticate::MAX_SKEW;
use gateway::{AuthFailure, CredentialError, Fault, Head};
use signature::oss_post::field;
use signature::{Claim, Malformed, Mismatch, Placement, Scheme};

use crate::restricted;

use super::{access_denied, invalid_argument, invalid_argument_bare};

/// The error for a signature, key or token that is no good.
pub(crate) fn unauthenticated(failure: AuthFailure, head: &Head) -> Fault {
    match failure {
        AuthFailure::Malformed(malformed) => unreadable(&malformed, head),
        AuthFailure::Scope(fault) => fault,
        AuthFailure::Expired { at, now } => expired(at, now, head),
        AuthFailure::Skewed {
            request_time,
            server_time,
        } => request_time_too_skewed(request_time, server_time),
        AuthFailure::Credential {
            access_key_id,
            error,
        } => match impossible(&access_key_id, &error, head) {
            Some(fault) => fault,
            None => credential(&access_key_id, error),
        },
        AuthFailure::Mismatch { claim, mismatch } => {
            let restricted = restricted::is_restricted(head);
            signature_does_not_match(&claim, *mismatch, restricted)
        }
        AuthFailure::Network => access_denied(
            "The network access restriction policy of this AccessKey does not allow requests from this address.",
        ),
        AuthFailure::Replayed => Fault::internal("an OSS signature has no nonce"),
    }
}

/// The vendor's page 0002-00000069 is about V1.
fn expired(at: DateTime<Utc>, now: DateTime<Utc>, head: &Head) -> Fault {
    let fault = access_denied("Request has expired.")
        .with("Expires", iso(at))
        .with("ServerTime", iso(now));
    match head.query.has("Expires") {
        true => fault.ec("0002-00000069"),
        false => fault,
    }
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn request_time_too_skewed(request_time: DateTime<Utc>, server_time: DateTime<Utc>) -> Fault {
    Fault::new(
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    )
    .ec("0002-00000504")
    .with(
        "MaxAllowedSkewMilliseconds",
        MAX_SKEW.num_milliseconds().to_string(),
    )
    .with("RequestTime", iso(request_time))
    .with("ServerTime", iso(server_time))
}

/// An id that no key can have: the vendor's pages 0002-00000064 about V1 and 0002-00000107 about V2.
fn impossible(access_key_id: &str, error: &CredentialError, head: &Head) -> Option<Fault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b". _=".contains(&byte);
    if !matches!(error, CredentialError::Unknown { .. }) || access_key_id.bytes().all(plain) {
        return None;
    }
    let scheme = head.header("authorization")?.split(' ').next();
    let ec = match scheme {
        Some("OSS") => "0002-00000064",
        Some("OSS2") => "0002-00000107",
        _ => return None,
    };
    let message = "The OSS Access Key Id contains non-acceptable characters, which accepts only \
                   alphanumeric characters[0-9a-zA-Z] and several special characters[. _=]";
    Some(invalid_access_key_id(message, access_key_id).ec(ec))
}

fn credential(access_key_id: &str, error: CredentialError) -> Fault {
    let unknown = "The OSS Access Key Id you provided does not exist in our records.";
    match error {
        CredentialError::Unknown { session: false } => {
            invalid_access_key_id(unknown, access_key_id).ec("0002-00000902")
        }
        CredentialError::Unknown { session: true } => {
            invalid_access_key_id(unknown, access_key_id).ec("0002-00000002")
        }
        CredentialError::TokenMissing => {
            invalid_access_key_id(unknown, access_key_id).ec("0002-00000003")
        }
        CredentialError::Inactive => {
            let disabled = "The OSS Access Key Id you provided is disabled.";
            invalid_access_key_id(disabled, access_key_id)
        }
        CredentialError::TokenInvalid => Fault::new(
            403,
            "InvalidSecurityToken",
            "The security token you provided is invalid.",
        )
        .ec("0002-00000006"),
        CredentialError::TokenMismatch => Fault::new(
            403,
            "AccessKeyIdAndSecurityTokenNotMatch",
            "The OSS access key id and security token you provided does not match.",
        ),
        CredentialError::TokenExpired => Fault::new(
            403,
            "SecurityTokenExpired",
            "The security token you provided has expired.",
        )
        .ec("0002-00000007"),
        CredentialError::Failed(fault) => fault,
    }
}

fn invalid_access_key_id(message: &'static str, access_key_id: &str) -> Fault {
    Fault::new(403, "InvalidAccessKeyId", message).with("OSSAccessKeyId", access_key_id)
}

/// `restricted` is whether the signature is good for some addresses only.
fn signature_does_not_match(claim: &Claim<'_>, mismatch: Mismatch, restricted: bool) -> Fault {
    let ec = match claim.scheme {
        Scheme::OssV1 if restricted => "0002-00000602",
        Scheme::OssV2 if restricted => "0002-00000119",
        Scheme::OssV1 => "0002-00000040",
        Scheme::OssV2 => "0002-00000101",
        Scheme::OssPost => "0002-00000705",
        Scheme::OssV4 | Scheme::RpcV1 | Scheme::Acs3 | Scheme::RoaV1 | Scheme::FcV1 => {
            "0002-00000201"
        }
    };
    let bytes = hex_bytes(&mismatch.string_to_sign);
    let mut fault = Fault::new(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check \
         your key and signing method.",
    )
    .ec(ec)
    .with("OSSAccessKeyId", &*claim.access_key_id)
    .with("SignatureProvided", mismatch.provided)
    .with("StringToSign", mismatch.string_to_sign)
    .with("StringToSignBytes", bytes);
    if let Some(canonical) = mismatch.canonical_request {
        let bytes = hex_bytes(&canonical);
        fault = fault
            .with("CanonicalRequest", canonical)
            .with("CanonicalRequestBytes", bytes);
    }
    fault
}

/// Each byte as two upper-case hexadecimal digits and a blank.
fn hex_bytes(text: &str) -> String {
    let mut hex = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        let _ = write!(hex, "{byte:02X} ");
    }
    hex
}

/// A signature that cannot be read.
fn unreadable(malformed: &Malformed, head: &Head) -> Fault {
    in_form(malformed)
        .or_else(|| in_scope(malformed))
        .or_else(|| in_url(malformed, head))
        .unwrap_or_else(|| in_header(malformed, head))
}

/// In the `Authorization` header. The vendor's pages 0002-00000061 to 65 are about V1.
fn in_header(malformed: &Malformed, head: &Head) -> Fault {
    let header = head.header("authorization").unwrap_or_default();
    if let Some(fault) = in_v2_header(malformed, header) {
        return fault;
    }
    let authorization = |message: &'static str| invalid_argument(message, "Authorization", header);
    let items = || authorization("bad num of Items in Authorization header.").ec("0002-00000062");
    match malformed {
        Malformed::EmptyAuthorization => {
            authorization("Authorization header value is empty.").ec("0002-00000061")
        }
        Malformed::UnsupportedAuthorizationType { .. } => {
            authorization("Unsupported Authorization Type").ec("0002-00000061")
        }
        Malformed::AuthorizationItems => items(),
        Malformed::AuthorizationIncomplete if !header.contains(':') => items(),
        Malformed::AuthorizationIncomplete => {
            let message = "AccessKeyId or Signature is missing in Authorization header value.";
            authorization(message).ec(incomplete_ec(header))
        }
        Malformed::UnknownAuthorizationItem { .. } => {
            authorization("Unknown parameter in Authorization header.")
        }
        Malformed::MissingDate | Malformed::BadDate { .. } => {
            access_denied("OSS authentication requires a valid Date.").ec("0002-00000503")
        }
        _ => authorization("Authorization header is invalid."),
    }
}

/// In the `Authorization` header of V2: the vendor's pages 0002-00000103 to 110.
fn in_v2_header(malformed: &Malformed, header: &str) -> Option<Fault> {
    let list = header.strip_prefix("OSS2 ")?;
    let has = |name: &str| {
        let names = list.split(',').filter_map(|item| item.split_once(':'));
        names.into_iter().any(|(known, _)| known.trim() == name)
    };
    let incomplete = "AccessKeyId or Signature is missing in Authorization header value.";
    let (message, ec) = match malformed {
        Malformed::AuthorizationSyntax { .. } => {
            ("Authorization header is invalid.", "0002-00000103")
        }
        Malformed::UnknownAuthorizationItem { .. } => (
            "Unknown parameter in Authorization header.",
            "0002-00000104",
        ),
        Malformed::MissingAuthorizationItem { name } => match (*name, has(name)) {
            ("AccessKeyId", false) => (incomplete, "0002-00000105"),
            ("AccessKeyId", true) => (incomplete, "0002-00000106"),
            ("Signature", false) => (incomplete, "0002-00000108"),
            ("Signature", true) => (incomplete, "0002-00000109"),
            _ => ("Authorization header is invalid.", "0002-00000110"),
        },
        _ => return None,
    };
    Some(invalid_argument(message, "Authorization", header).ec(ec))
}

/// In a V4 credential: the vendor's pages 0002-00000212, 213, 223, 224 and 227.
fn in_scope(malformed: &Malformed) -> Option<Fault> {
    let (placement, value, part, header_ec, query_ec) = match malformed {
        Malformed::CredentialSyntax { placement, value }
        | Malformed::CredentialSuffix { placement, value } => (
            placement,
            value,
            "credential",
            "0002-00000213",
            "0002-00000224",
        ),
        Malformed::CredentialDate { placement, value }
        | Malformed::CredentialDateMismatch { placement, value } => (
            placement,
            value,
            "signing date",
            "0002-00000212",
            "0002-00000223",
        ),
        Malformed::CredentialProduct { placement, value } => (
            placement,
            value,
            "signing product",
            "0002-00000227",
            "0002-00000227",
        ),
        _ => return None,
    };
    Some(scope(*placement, value, part, header_ec, query_ec))
}

/// In the fields of a form (§2.7).
fn in_form(malformed: &Malformed) -> Option<Fault> {
    match malformed {
        Malformed::MissingFormField { name } => Some(super::form::missing_field(name)),
        Malformed::EmptyFormField { name } => Some(super::form::empty_field(name)),
        _ => None,
    }
}

/// In a signed URL (§2.2, §2.5).
fn in_url(malformed: &Malformed, head: &Head) -> Option<Fault> {
    Some(match malformed {
        Malformed::UnsupportedSignatureVersion { value } => {
            let message = "Unsupported Authorization Type";
            invalid_argument(message, "x-oss-signature-version", value).ec("0002-00000066")
        }
        Malformed::MissingUrlParameter { name } => url_parameter(name, false, head),
        Malformed::EmptyUrlParameter { name } => url_parameter(name, true, head),
        Malformed::IncompleteUrlTrio => access_denied(
            "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters",
        ),
        Malformed::BadExpires { .. } => {
            let fault = access_denied("Invalid date (should be seconds since epoch).");
            match (head.query.has("x-oss-expires"), is_v2_url(head)) {
                (true, true) => fault,
                (true, false) => fault.ec("0002-00000232"),
                (false, _) => fault.ec("0002-00000070"),
            }
        }
        Malformed::HeaderAndUrl => invalid_argument_bare(
            "Only one auth mechanism allowed; only the Authorization header or the query string \
             should be specified.",
        ),
        Malformed::TokenInHeaderAndUrl => invalid_argument_bare(
            "The security token should be specified either in query string or header, not both.",
        )
        .ec("0002-00000010"),
        Malformed::TokenOutsideUrl => {
            super::invalid_request("Security-token must be provided by query string parameter.")
        }
        _ => return None,
    })
}

/// 63 for a missing id, 65 for a missing signature.
fn incomplete_ec(header: &str) -> &'static str {
    match header.trim_end().ends_with(':') {
        true => "0002-00000065",
        false => "0002-00000063",
    }
}

/// A part of a V4 credential scope that is not right.
pub(super) fn scope(
    placement: Placement,
    value: &str,
    part: &'static str,
    header_ec: &'static str,
    query_ec: &'static str,
) -> Fault {
    match placement {
        Placement::Header => {
            let message = format!("Invalid {part} in Authorization header.");
            invalid_argument(message, "Authorization", value).ec(header_ec)
        }
        Placement::Query | Placement::Form => {
            let message = match part {
                "credential" => Cow::Borrowed("Invalid credential in x-oss-credential."),
                part => format!("The {part} in credential is invalid.").into(),
            };
            invalid_argument(message, "x-oss-credential", value).ec(query_ec)
        }
    }
}

fn is_v2_url(head: &Head) -> bool {
    head.query.first("x-oss-signature-version") == Some("OSS2")
}

/// The vendor's pages 0002-00000113 to 118 are about V2, 0002-00000215 to 219 about V4.
fn url_parameter(name: &'static str, empty: bool, head: &Head) -> Fault {
    let message = format!("The query string parameter {name} is missing or empty.");
    let fault = invalid_argument(message, name, "");
    if is_v2_url(head) {
        return match (name, empty) {
            ("x-oss-expires", false) => fault.ec("0002-00000113"),
            ("x-oss-access-key-id", false) => fault.ec("0002-00000115"),
            ("x-oss-access-key-id", true) => fault.ec("0002-00000116"),
            ("x-oss-signature", false) => fault.ec("0002-00000117"),
            ("x-oss-signature", true) => fault.ec("0002-00000118"),
            _ => fault,
        };
    }
    match (name, empty) {
        ("x-oss-expires", false) => fault.ec("0002-00000215"),
        ("x-oss-credential", false) => fault.ec("0002-00000217"),
        ("x-oss-credential", true) => fault.ec("0002-00000218"),
        ("x-oss-signature", _) => fault.ec("0002-00000219"),
        _ => fault,
    }
}

/// A V4 key derived for another region (EC page 0002-00000226) or product (0002-00000227).
pub(crate) fn wrong_scope(part: &'static str, ec: &'static str, head: &Head) -> Fault {
    let credential = |form| field(form, "x-oss-credential").unwrap_or_default();
    let in_form = head.form.as_ref().map(credential);
    let (placement, value) = match (in_form, head.header("authorization")) {
        (Some(value), _) => (Placement::Form, value),
        (None, Some(value)) => (Placement::Header, value),
        (None, None) => {
            let value = head.query.first("x-oss-credential");
            (Placement::Query, value.unwrap_or_default())
        }
    };
    scope(placement, value, part, ec, ec)
}

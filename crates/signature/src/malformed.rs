use std::fmt;

use crate::Placement;

/// Why a signature could not even be read. One variant per fault that the real services tell apart; the service that
/// answers maps it to its own status, code, message and EC. The text of [`fmt::Display`] is for logs.
///
/// Sources: the error code pages 0002-000000xx and 0002-000002xx of OSS, its pages on HTTP status 400 and 403, and the
/// common error codes of the RPC gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// OSS: the `Authorization` header is empty.
    EmptyAuthorization,
    /// More than one `Authorization` header.
    RepeatedAuthorization,
    /// OSS: the `Authorization` header starts with none of the schemes that are accepted.
    UnsupportedAuthorizationType {
        /// The header's value.
        value: String,
    },
    /// OSS: `x-oss-signature-version` names a scheme that is not accepted.
    UnsupportedSignatureVersion {
        /// The parameter's value.
        value: String,
    },
    /// OSS V1: not the two items `OSS` and `id:signature`.
    AuthorizationItems,
    /// OSS V1: the id or the signature is missing or empty.
    AuthorizationIncomplete,
    /// OSS V4, ACS3: the list behind the algorithm is not made of `Name=value`, or has a name twice.
    AuthorizationSyntax {
        /// The offending item.
        item: String,
    },
    /// OSS V4, ACS3: the list has an item with a name that does not belong there.
    UnknownAuthorizationItem {
        /// The offending name.
        name: String,
    },
    /// OSS V4, ACS3: an item is missing from the `Authorization` header, or is empty.
    MissingAuthorizationItem {
        /// `Credential`, `SignedHeaders` or `Signature`.
        name: &'static str,
    },
    /// ACS3: an algorithm of that family other than `ACS3-HMAC-SHA256`.
    UnsupportedAlgorithm {
        /// The algorithm as sent.
        algorithm: String,
    },
    /// OSS V4: the credential has not the form `id/date/region/product/aliyun_v4_request`.
    CredentialSyntax {
        /// `Authorization` or `x-oss-credential`.
        placement: Placement,
        /// The credential as sent.
        value: String,
    },
    /// OSS V4: the credential does not end in `aliyun_v4_request` (EC 0002-00000213, in the URL 0002-00000224).
    CredentialSuffix {
        /// `Authorization` or `x-oss-credential`.
        placement: Placement,
        /// What it ends in.
        value: String,
    },
    /// OSS V4: the credential's date is not `YYYYMMDD` (EC 0002-00000212, in the URL 0002-00000223).
    CredentialDate {
        /// `Authorization` or `x-oss-credential`.
        placement: Placement,
        /// The date as sent.
        value: String,
    },
    /// OSS V4: the credential's date is not the day of the request's date.
    CredentialDateMismatch {
        /// `Authorization` or `x-oss-credential`.
        placement: Placement,
        /// The credential's date.
        value: String,
    },
    /// OSS V4: the credential's product is not one of OSS (EC 0002-00000227).
    CredentialProduct {
        /// `Authorization` or `x-oss-credential`.
        placement: Placement,
        /// The product as sent.
        value: String,
    },
    /// OSS V4 in the URL: a parameter is missing (EC 0002-00000217 for `x-oss-credential`, 0002-00000219 for
    /// `x-oss-signature`).
    MissingUrlParameter {
        /// The parameter's name.
        name: &'static str,
    },
    /// OSS V4 in the URL: a parameter is empty (EC 0002-00000218 for `x-oss-credential`).
    EmptyUrlParameter {
        /// The parameter's name.
        name: &'static str,
    },
    /// OSS V1 in the URL: some of `OSSAccessKeyId`, `Expires` and `Signature` are there, but not all.
    IncompleteUrlTrio,
    /// OSS V1 in the URL: `Expires` is no number of seconds. OSS V4: `x-oss-expires` is not in 1..=604800.
    BadExpires {
        /// The value as sent.
        value: String,
    },
    /// OSS PostObject: a field of the signature is missing (EC 0002-00000702, 703 and 706).
    MissingFormField {
        /// The field's name.
        name: &'static str,
    },
    /// OSS PostObject: a field of the signature is empty (EC 0002-00000704).
    EmptyFormField {
        /// The field's name.
        name: &'static str,
    },
    /// OSS: both an `Authorization` header and a signature in the URL.
    HeaderAndUrl,
    /// OSS: a security token both in a header and in the URL (EC 0002-00000010).
    TokenInHeaderAndUrl,
    /// OSS: the signature is in the URL, but the security token is in a header.
    TokenOutsideUrl,
    /// OSS: neither `x-oss-date` nor `Date` (EC 0002-00000503).
    MissingDate,
    /// OSS: the date is in no form that is accepted.
    BadDate {
        /// The date as sent.
        value: String,
    },
    /// RPC V1: a common parameter is missing or empty.
    MissingParameter {
        /// The parameter's name.
        name: &'static str,
    },
    /// RPC V1: `SignatureMethod` is not `HMAC-SHA1`.
    BadSignatureMethod {
        /// The value as sent.
        value: String,
    },
    /// RPC V1: `SignatureVersion` is not `1.0`.
    BadSignatureVersion {
        /// The value as sent.
        value: String,
    },
    /// RPC V1: `SignatureType` asks for another way to authenticate (`BEARERTOKEN`, `PRIVATEKEY`).
    BadSignatureType {
        /// The value as sent.
        value: String,
    },
    /// RPC V1, ACS3: `Timestamp` or `x-acs-date` is no ISO 8601 time in UTC.
    BadTimestamp {
        /// The value as sent.
        value: String,
    },
    /// ACS3: a header that the scheme needs is missing or empty.
    MissingHeader {
        /// The header's name.
        name: &'static str,
    },
    /// ACS3: an `x-acs-*` header is there but not among the signed ones.
    UnsignedHeader {
        /// The header's name.
        name: String,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the signature cannot be read: {self:?}")
    }
}

impl std::error::Error for Malformed {}

//! Reading the parameters of IMS's operations.
//! <https://help.aliyun.com/en/ram/developer-reference/api-ims-2019-08-15-createoidcprovider>

use gateway::{Fault, Head};

use crate::names::{self, Rule};
use crate::oidc::{ISSUANCE_LIMITS, LONGEST_ISSUER};
use crate::ram::params;
use crate::{fault, oidc, rpc};

/// `OIDCProviderName`, which is mandatory.
pub(super) fn name(head: &Head) -> Result<&str, Fault> {
    let name = params::name(head, "OIDCProviderName", names::PROVIDER)?;
    let special = |c: char| !c.is_ascii_alphanumeric();
    if name.starts_with(special) || name.ends_with(special) {
        return Err(fault::invalid_chars("OIDCProviderName"));
    }
    Ok(name)
}

/// `IssuerUrl`, which is mandatory: `https`, or plain `http` of an issuer on this machine, which only LocalYun takes.
pub(super) fn issuer(head: &Head) -> Result<&str, Fault> {
    let url = rpc::need(head, "IssuerUrl")?;
    if url.chars().count() > LONGEST_ISSUER {
        return Err(fault::beyond_length("IssuerUrl"));
    }
    let local = |rest: &&str| is_local(rest);
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://").filter(local));
    let plain = |c: char| c.is_ascii_graphic() && !"?#@\"<>\\^`{|}".contains(c);
    let fits = |rest: &str| !rest.is_empty() && !rest.starts_with('/') && rest.chars().all(plain);
    match rest.is_some_and(fits) {
        true => Ok(url),
        false => Err(fault::wrong_format("IssuerUrl")),
    }
}

fn is_local(rest: &str) -> bool {
    let host = rest.split('/').next().unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// One client id.
pub(super) fn client_id(parameter: &str, id: &str) -> Result<String, Fault> {
    fault::check_name(parameter, names::CLIENT_ID, id)?;
    if id.starts_with(|c: char| !c.is_ascii_alphanumeric()) {
        return Err(fault::invalid_chars(parameter));
    }
    Ok(id.to_owned())
}

/// One fingerprint.
pub(super) fn fingerprint(parameter: &str, text: &str) -> Result<String, Fault> {
    const FINGERPRINT: Rule = names::FINGERPRINT;
    fault::check_name(parameter, FINGERPRINT, text)?;
    Ok(text.to_owned())
}

/// `ClientIds`, with commas between them.
pub(super) fn client_ids(head: &Head) -> Result<Option<Vec<String>>, Fault> {
    let found = list(head, "ClientIds", client_id)?;
    match &found {
        Some(ids) if ids.len() > oidc::MOST_CLIENT_IDS => Err(fault::too_many_client_ids()),
        _ => Ok(found),
    }
}

/// `Fingerprints`, with commas between them.
pub(super) fn fingerprints(head: &Head) -> Result<Option<Vec<String>>, Fault> {
    let found = list(head, "Fingerprints", fingerprint)?;
    match &found {
        Some(all) if all.len() > oidc::MOST_FINGERPRINTS => Err(fault::too_many_fingerprints()),
        _ => Ok(found),
    }
}

fn list(
    head: &Head,
    parameter: &str,
    read: impl Fn(&str, &str) -> Result<String, Fault>,
) -> Result<Option<Vec<String>>, Fault> {
    let Some(text) = rpc::given(head, parameter) else {
        return Ok(None);
    };
    let mut found: Vec<String> = Vec::new();
    for part in text.split(',') {
        let part = read(parameter, part.trim())?;
        if !found.contains(&part) {
            found.push(part);
        }
    }
    Ok(Some(found))
}

/// `IssuanceLimitTime`, in hours.
pub(super) fn issuance_limit(head: &Head) -> Result<Option<u32>, Fault> {
    let Some(text) = rpc::given(head, "IssuanceLimitTime") else {
        return Ok(None);
    };
    let hours = text.parse().ok().filter(|h| ISSUANCE_LIMITS.contains(h));
    hours
        .map(Some)
        .ok_or_else(|| fault::incorrect("IssuanceLimitTime"))
}

/// A description of 256 characters at most.
pub(super) fn description(head: &Head, parameter: &str) -> Result<Option<String>, Fault> {
    params::text(head, parameter, 256)
}

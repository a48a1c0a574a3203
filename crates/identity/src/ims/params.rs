//! Reading the parameters of IMS's operations.
//! <https://help.aliyun.com/en/ram/developer-reference/api-ims-2019-08-15-createoidcprovider>

use gateway::{Fault, Head};

use super::tags;
use crate::oidc::{ISSUANCE_LIMITS, LONGEST_ISSUER};
use crate::ram::page::Page;
use crate::ram::params;
use crate::tags::TagFilter;
use crate::{fault, names, rpc};

/// `OIDCProviderName`, which is mandatory.
pub(super) fn name(head: &Head) -> Result<&str, Fault> {
    provider_name(head, "OIDCProviderName")
}

/// The name of a provider of either kind.
pub(super) fn provider_name<'a>(head: &'a Head, parameter: &str) -> Result<&'a str, Fault> {
    let name = params::name(head, parameter, names::PROVIDER)?;
    let special = |c: char| !c.is_ascii_alphanumeric();
    match name.starts_with(special) || name.ends_with(special) {
        true => Err(fault::invalid_chars(parameter)),
        false => Ok(name),
    }
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
pub(super) fn client_id(parameter: &str, id: &str) -> Result<(), Fault> {
    fault::check_name(parameter, names::CLIENT_ID, id)?;
    match id.starts_with(|c: char| !c.is_ascii_alphanumeric()) {
        true => Err(fault::invalid_chars(parameter)),
        false => Ok(()),
    }
}

/// One fingerprint.
pub(super) fn fingerprint(parameter: &str, text: &str) -> Result<(), Fault> {
    fault::check_name(parameter, names::FINGERPRINT, text)
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

/// A display name of 24 characters at most.
pub(super) fn display_name(head: &Head, parameter: &str) -> Result<Option<String>, Fault> {
    params::display_name(head, parameter, 24)
}

/// Comments of 128 characters at most.
pub(super) fn comments(head: &Head, parameter: &str) -> Result<Option<String>, Fault> {
    params::text(head, parameter, 128)
}

/// Which users are listed.
pub(super) struct Listed {
    pub(super) page: Page,
    pub(super) tags: Vec<TagFilter>,
    /// Whether those that are active are among them. Nobody is frozen here, so without them there are none.
    pub(super) active: bool,
}

/// `Marker`, `MaxItems`, `Tag` and `Status`, the last of which cannot be said with tags.
/// <https://help.aliyun.com/zh/ram/developer-reference/api-listuserbasicinfos>
pub(super) fn listed(head: &Head) -> Result<Listed, Fault> {
    let tags = tags::filters(head)?;
    let status = rpc::given(head, "Status");
    let states: Vec<&str> = status.unwrap_or("active").split(',').collect();
    let known = |state: &&str| ["active", "freeze"].contains(state);
    if !states.iter().all(known) || (status.is_some() && !tags.is_empty()) {
        return Err(fault::incorrect("Status"));
    }
    Ok(Listed {
        page: Page::read(head)?,
        tags,
        active: states.contains(&"active"),
    })
}

/// A description of 256 characters at most.
pub(super) fn description(head: &Head, parameter: &str) -> Result<Option<String>, Fault> {
    params::text(head, parameter, 256)
}

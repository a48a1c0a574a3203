//! Reading the parameters of IMS's calls about tags. What is tagged are users.
//! <https://help.aliyun.com/en/ram/developer-reference/api-ims-2019-08-15-tagresources>

use gateway::{Fault, Head};

use super::{principal, repeated};
use crate::ram::params;
use crate::tags::{MOST_RESOURCES, MOST_TAGS, Tag, TagFilter, Tagged};
use crate::{Identity, fault, rpc};

/// Characters of a value.
const LONGEST_VALUE: usize = 128;

/// The tags of `Tag`, each key once.
pub(super) fn tags(head: &Head) -> Result<Vec<Tag>, Fault> {
    let given = repeated::pairs(head, "Tag", MOST_TAGS)?;
    let tags = params::checked_tags(given, LONGEST_VALUE)?;
    match tags.iter().any(|tag| tag.value.starts_with("acs:")) {
        true => Err(fault::invalid_chars("TagValue")),
        false => Ok(tags),
    }
}

/// The tags of `Tag` that somebody looks for.
pub(super) fn filters(head: &Head) -> Result<Vec<TagFilter>, Fault> {
    let given = repeated::pairs(head, "Tag", MOST_TAGS)?;
    let filter = |(key, value)| TagFilter { key, value };
    Ok(given.into_iter().map(filter).collect())
}

/// The keys of `TagKey`.
pub(super) fn keys(head: &Head) -> Result<Vec<String>, Fault> {
    repeated::texts(head, "TagKey", MOST_TAGS)
}

/// `ResourceType`, which is mandatory.
pub(super) fn need_user(head: &Head) -> Result<(), Fault> {
    match rpc::need(head, "ResourceType")? == Tagged::User.name() {
        true => Ok(()),
        false => Err(fault::incorrect("ResourceType")),
    }
}

/// The ids of the users of `ResourceId` or of `ResourcePrincipalName`, of which there may be one. Empty without both.
pub(super) async fn users(
    identity: &Identity,
    account: &str,
    head: &Head,
) -> Result<Vec<String>, Fault> {
    let ids = repeated::texts(head, "ResourceId", MOST_RESOURCES)?;
    let names = repeated::texts(head, "ResourcePrincipalName", MOST_RESOURCES)?;
    if names.is_empty() {
        return Ok(ids);
    }
    if !ids.is_empty() {
        return Err(fault::invalid_parameter("ResourceId"));
    }
    let account = identity.account_row(account).await?;
    let mut found = Vec::new();
    for given in &names {
        let name = principal::name(&account, given, "ResourcePrincipalName", "UserName")?;
        let name = name.ok_or_else(fault::no_such_user)?;
        found.push(identity.user(&account.uid, name).await?.id);
    }
    Ok(found)
}

/// The same, at least one.
pub(super) async fn need_users(
    identity: &Identity,
    account: &str,
    head: &Head,
) -> Result<Vec<String>, Fault> {
    need_user(head)?;
    let users = users(identity, account, head).await?;
    match users.is_empty() {
        true => Err(fault::missing_parameter("ResourceId")),
        false => Ok(users),
    }
}

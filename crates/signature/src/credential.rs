//! What stands behind the algorithm's name in an `Authorization` header, such as the list `Name=value, Name=value` (OSS V2:
//! `Name:value`).

use crate::Malformed;

/// The items of a list, each under a name that the scheme knows.
#[derive(Debug)]
pub(crate) struct Items<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Items<'a> {
    /// Reads the list: any order, blanks around the commas (oss2 writes them), each name at most once.
    pub(crate) fn parse(
        list: &'a str,
        separator: char,
        names: &[&'static str],
    ) -> Result<Self, Malformed> {
        let mut items = Vec::with_capacity(names.len());
        for item in list
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            let (name, value) = parse_item(item, separator, names)?;
            if items.iter().any(|(known, _)| *known == name) {
                return Err(Malformed::AuthorizationSyntax {
                    item: item.to_owned(),
                });
            }
            items.push((name, value));
        }
        Ok(Self(items))
    }

    /// An item that has to be there and must not be empty.
    pub(crate) fn need(&self, name: &'static str) -> Result<&'a str, Malformed> {
        let value = self.get(name).filter(|value| !value.is_empty());
        value.ok_or(Malformed::MissingAuthorizationItem { name })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }
}

fn parse_item<'a>(
    item: &'a str,
    separator: char,
    names: &[&'static str],
) -> Result<(&'static str, &'a str), Malformed> {
    let (name, value) =
        item.split_once(separator)
            .ok_or_else(|| Malformed::AuthorizationSyntax {
                item: item.to_owned(),
            })?;
    let (name, value) = (name.trim(), value.trim());
    match names.iter().find(|known| **known == name) {
        Some(known) => Ok((known, value)),
        None => Err(Malformed::UnknownAuthorizationItem {
            name: name.to_owned(),
        }),
    }
}

/// Header names joined with semicolons: lower case, in the order given, without empty ones.
pub(crate) fn header_names(list: &str) -> impl Iterator<Item = String> {
    list.split(';')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
}

/// Each name once, in order.
pub(crate) fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

//! The parameters of lists: `prefix`, `limit`, `nextToken`, `startKey`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::{Fault, Head};

use crate::fault;
use crate::functions::Page;

/// The parameters that every list takes.
pub(crate) const PARAMETERS: &[&str] = &["prefix", "limit", "nextToken"];

/// The same in FC 2.0, for what lies in a service of some version.
pub(crate) const PARAMETERS_2: &[&str] = &["prefix", "limit", "nextToken", "startKey", "qualifier"];

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;

impl Page {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn read(head: &Head) -> Result<Self, Fault> {
        let given = |name| head.query.first(name).filter(|text| !text.is_empty());
        let limit = given("limit").map_or(Ok(DEFAULT_LIMIT), limit)?;
        let token = given("nextToken").map(open).transpose()?;
        Ok(Self {
            prefix: given("prefix").unwrap_or_default().to_owned(),
            from: token.or_else(|| given("startKey").map(str::to_owned)),
            limit,
        })
    }

    /// The same where they are written `Limit` and `NextToken`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn capitalized(head: &Head) -> Result<Self, Fault> {
        let given = |name| head.query.first(name).filter(|text| !text.is_empty());
        Ok(Self {
            prefix: String::new(),
            from: given("NextToken").map(open).transpose()?,
            limit: given("Limit").map_or(Ok(DEFAULT_LIMIT), limit)?,
        })
    }
}

fn limit(text: &str) -> Result<usize, Fault> {
    let number = text.parse().ok();
    let number = number.filter(|n| (1..=MAX_LIMIT).contains(n));
    number.ok_or_else(|| {
        fault::invalid_argument(format!("limit '{text}' is not between 1 and {MAX_LIMIT}"))
    })
}

/// A parameter that is true or false, in the words of Go's `strconv.ParseBool`: some SDKs send `True`.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn switch(head: &Head, name: &str) -> Result<bool, Fault> {
    match head.query.first(name).unwrap_or_default() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(fault::invalid_argument(format!(
            "{name} '{other}' must be true or false"
        ))),
    }
}

/// The part of a whole list that a page wants, in the order of their names, and the name that the next one begins with.
pub(crate) fn cut<T>(
    mut all: Vec<T>,
    page: &Page,
    name: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    all.retain(|item| {
        let name = name(item);
        name.starts_with(&page.prefix) && page.from.as_ref().is_none_or(|from| name >= *from)
    });
    all.sort_by_cached_key(&name);
    let next = all.get(page.limit).map(name);
    all.truncate(page.limit);
    (all, next)
}

/// The token of the page that begins with this name.
pub(crate) fn token(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

fn open(token: &str) -> Result<String, Fault> {
    let name = URL_SAFE_NO_PAD.decode(token).ok();
    let name = name.and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| fault::invalid_argument(format!("nextToken '{token}' is invalid")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_to_its_name() {
        assert_eq!(open(&token("func-1")).unwrap(), "func-1");
        assert_eq!(open("?").unwrap_err().code(), "InvalidArgument");
        assert_eq!(
            open("_w").unwrap_err().code(),
            "InvalidArgument",
            "no UTF-8"
        );
    }
}

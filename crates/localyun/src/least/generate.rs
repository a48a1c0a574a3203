//! The smallest readable policy that allows what was recorded.
//!
//! Every action is allowed on the resources on which it was recorded, and on no other. Actions that were recorded on the
//! same resources share a statement. Listings are allowed with the prefixes with which they were recorded. Where many keys
//! of one bucket begin alike, one prefix stands for them, unless the policy is to be exact: see [`fold`].

mod fold;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use policy::Pattern;

use super::usage::{Line, Needs};

/// A permission that the policy has to give.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    /// Such as `oss:PutObject`.
    pub(crate) action: String,
    /// The ARN that was asked for.
    pub(crate) resource: String,
    /// Prefix and delimiter, where it was a listing.
    pub(crate) listing: Option<(String, String)>,
}

/// What a policy may give besides what was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// What makes it readable: keys that begin as the recorded ones, and listings with any delimiter.
    Readable,
    /// Nothing.
    Exact,
}

/// The policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Generated {
    /// One document, or several where one would be longer than [`write::LIMIT`]. None where nothing has to be allowed.
    pub(crate) documents: Vec<String>,
    /// What it gives besides what was recorded, for people.
    pub(crate) widened: Vec<String>,
}

/// One statement. A resource stands in one statement for each condition, so none of its parts can be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
    condition: Condition,
}

/// Which listings.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Condition {
    /// Whether the prefixes are patterns.
    like: bool,
    prefixes: BTreeSet<String>,
    delimiter: Option<String>,
}

impl Need {
    /// Of what was recorded, if a policy of the principal has to allow it.
    pub(crate) fn of(line: &Line) -> Option<Self> {
        let wanted = line.let_through && line.latest && line.needs == Needs::Allow;
        let value = |key: &str| {
            line.conditions
                .get(key)
                .and_then(|values| values.first())
                .cloned()
        };
        wanted.then(|| Self {
            action: line.action.clone(),
            resource: line.resource.clone(),
            listing: value("oss:Prefix")
                .map(|prefix| (prefix, value("oss:Delimiter").unwrap_or_default())),
        })
    }
}

/// The smallest readable policy that allows these.
///
/// # Errors
///
/// A sentence, where it is to be exact and cannot be: keys with a `*` or a `?` in them have no exact pattern.
pub(crate) fn generate(needs: &[Need], width: Width) -> Result<Generated, String> {
    let mut generator = Generator {
        width,
        widened: Vec::new(),
    };
    let mut grants = BTreeMap::<(String, Condition), BTreeSet<String>>::new();
    for (action, resources) in by_action(needs) {
        for grant in generator.grants(&action, resources)? {
            grants.entry(grant).or_default().insert(action.clone());
        }
    }
    let mut statements = BTreeMap::<(BTreeSet<String>, Condition), BTreeSet<String>>::new();
    for ((resource, condition), actions) in grants {
        statements
            .entry((actions, condition))
            .or_default()
            .insert(resource);
    }
    let statements = statements
        .into_iter()
        .map(|((actions, condition), resources)| Statement {
            actions,
            resources,
            condition,
        });
    Ok(Generated {
        documents: write::documents(statements.collect()),
        widened: generator.widened,
    })
}

/// Which resources, and of each which listings.
type Resources<'a> = BTreeMap<&'a str, BTreeSet<Option<(&'a str, &'a str)>>>;

fn by_action(needs: &[Need]) -> BTreeMap<String, Resources<'_>> {
    let mut actions = BTreeMap::<String, Resources<'_>>::new();
    for need in needs {
        let listing = need
            .listing
            .as_ref()
            .map(|(prefix, delimiter)| (prefix.as_str(), delimiter.as_str()));
        let resources = actions.entry(need.action.clone()).or_default();
        resources.entry(&need.resource).or_default().insert(listing);
    }
    actions
}

struct Generator {
    width: Width,
    widened: Vec<String>,
}

impl Generator {
    /// The patterns of the resources, each with its condition.
    fn grants(
        &mut self,
        action: &str,
        resources: Resources<'_>,
    ) -> Result<BTreeSet<(String, Condition)>, String> {
        let mut grants = BTreeSet::new();
        let mut buckets = BTreeMap::<&str, BTreeSet<&str>>::new();
        let wild: Vec<Pattern> = wild(&resources).map(Pattern::new).collect();
        for (resource, listings) in resources {
            if let Some((bucket, key)) = object(resource) {
                buckets.entry(bucket).or_default().insert(key);
            } else if !wild
                .iter()
                .any(|one| one.matches(resource) && one.to_string() != resource)
            {
                let conditions = self.conditions(&written(resource), &listings)?;
                grants.extend(conditions.into_iter().map(|one| (written(resource), one)));
            }
        }
        for (bucket, keys) in buckets {
            let place = format!("acs:oss:*:*:{bucket}/");
            let patterns = self.fold(&keys, |pattern, count| {
                format!("{place}{pattern} stands for {count} keys on which {action} was used")
            })?;
            let whole = |pattern| (format!("{place}{pattern}"), Condition::default());
            grants.extend(patterns.into_iter().map(whole));
        }
        Ok(grants)
    }

    /// The listings of one bucket, as few conditions as it takes.
    fn conditions(
        &mut self,
        bucket: &str,
        listings: &BTreeSet<Option<(&str, &str)>>,
    ) -> Result<BTreeSet<Condition>, String> {
        if listings.contains(&None) {
            return Ok([Condition::default()].into());
        }
        let mut prefixes = BTreeMap::<Option<&str>, BTreeSet<&str>>::new();
        for (prefix, delimiter) in listings.iter().flatten() {
            let delimiter = (self.width == Width::Exact).then_some(*delimiter);
            prefixes.entry(delimiter).or_default().insert(prefix);
        }
        if self.width == Width::Readable {
            let text = format!("listings of {bucket} may have any delimiter");
            self.widened.push(text);
        }
        let mut conditions = BTreeSet::new();
        for (delimiter, prefixes) in prefixes {
            let literal: BTreeSet<String> =
                prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
            let folded = self.fold_prefixes(bucket, &prefixes)?;
            conditions.insert(Condition {
                like: folded.is_some(),
                prefixes: folded.unwrap_or(literal),
                delimiter: delimiter.map(str::to_owned),
            });
        }
        Ok(conditions)
    }

    /// Patterns, if there are fewer of them. Else the prefixes are better compared as they are, `*` and `?` included.
    fn fold_prefixes(
        &mut self,
        bucket: &str,
        prefixes: &BTreeSet<&str>,
    ) -> Result<Option<BTreeSet<String>>, String> {
        let fewer = self.width == Width::Readable && fold::fold(prefixes).len() < prefixes.len();
        let note = |pattern: &str, count| {
            format!("listings of {bucket} with prefix {pattern} stand for {count} prefixes")
        };
        fewer.then(|| self.fold(prefixes, note)).transpose()
    }

    /// Keys as patterns.
    fn fold(
        &mut self,
        keys: &BTreeSet<&str>,
        note: impl Fn(&str, usize) -> String,
    ) -> Result<BTreeSet<String>, String> {
        let wild = keys.iter().find(|key| key.contains(['*', '?']));
        match (self.width, wild) {
            (Width::Exact, Some(key)) => {
                return Err(format!(
                    "`{key}` cannot be allowed exactly: a policy reads its * and ? as wildcards"
                ));
            }
            (Width::Exact, None) => return Ok(keys.iter().map(|key| (*key).to_owned()).collect()),
            (Width::Readable, Some(key)) => {
                let text = format!(
                    "`{key}`: its * and ? are written as ?, which stands for any character"
                );
                self.widened.push(text);
            }
            (Width::Readable, None) => {}
        }
        let folded = fold::fold(keys);
        let wide = folded.iter().filter(|(_, count)| **count > 1);
        self.widened
            .extend(wide.map(|(pattern, count)| note(pattern, *count)));
        Ok(folded.into_keys().collect())
    }
}

/// Resources that are asked for with a `*` in them, as RAM does for what is made or listed: it covers the others.
fn wild<'a>(resources: &Resources<'a>) -> impl Iterator<Item = &'a str> {
    let whole = resources.iter().filter(|(resource, listings)| {
        object(resource).is_none() && resource.ends_with('*') && listings.contains(&None)
    });
    whole.map(|(resource, _)| *resource)
}

/// Bucket and key.
fn object(resource: &str) -> Option<(&str, &str)> {
    let (_, relative) = oss(resource)?;
    relative.split_once('/')
}

fn oss(resource: &str) -> Option<(&str, &str)> {
    resource.strip_prefix("acs:oss:*:")?.split_once(':')
}

/// As policies write it: buckets without their owner, because their names are unique and the policies of a user have no say
/// in what belongs to another account.
fn written(resource: &str) -> String {
    match oss(resource) {
        Some((_, relative)) => format!("acs:oss:*:*:{relative}"),
        None => resource.to_owned(),
    }
}

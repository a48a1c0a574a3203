//! Keys that begin alike.

use std::collections::{BTreeMap, BTreeSet};

use policy::Pattern;

/// So many that begin alike are one pattern.
const ALIKE: usize = 3;
/// So many in one bucket that do not begin alike are the whole bucket.
const MANY: usize = 10;

/// What a common beginning may end with. A beginning that ends within a word is chance.
const ENDS: [char; 5] = ['/', '-', '_', '.', '='];

/// As patterns, each with how many of the keys it stands for. Every key is of exactly one of them.
///
/// Three or more that have a beginning in common, up to and with one of `/ - _ . =`, become this beginning and a `*`, the
/// longest beginning first; patterns count as what is to be joined, too, so deep folders end up as the folder above them.
/// Only ten or more that have nothing in common become a `*` of their own.
pub(super) fn fold(keys: &BTreeSet<&str>) -> BTreeMap<String, usize> {
    let mut patterns = literals(keys);
    for beginning in beginnings(patterns.keys()) {
        let joined = patterns
            .range(beginning.clone()..)
            .take_while(|(one, _)| one.starts_with(&beginning));
        let joined: Vec<String> = joined.map(|(one, _)| one.clone()).collect();
        let least = if beginning.is_empty() { MANY } else { ALIKE };
        if joined.len() >= least {
            let counts = joined.iter().filter_map(|one| patterns.remove(one));
            let count = counts.sum();
            patterns.insert(format!("{beginning}*"), count);
        }
    }
    patterns
}

/// Nothing takes the meaning from a wildcard; `?` is the narrowest that matches one. It matches other keys, too, which
/// then need no pattern of their own.
fn literals(keys: &BTreeSet<&str>) -> BTreeMap<String, usize> {
    let (wild, plain): (Vec<&str>, Vec<&str>) =
        keys.iter().partition(|key| key.contains(['*', '?']));
    let wild: BTreeSet<String> = wild.iter().map(|key| key.replace('*', "?")).collect();
    let mut patterns = BTreeMap::new();
    for key in &plain {
        let covered = wild.iter().find(|one| Pattern::new(one).matches(key));
        *patterns
            .entry(covered.map_or(*key, String::as_str).to_owned())
            .or_default() += 1;
    }
    for one in wild {
        *patterns.entry(one).or_default() += 1;
    }
    patterns
}

/// The longest first.
fn beginnings<'a>(keys: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for key in keys {
        all.extend(
            key.match_indices(ENDS)
                .map(|(at, end)| &key[..at + end.len()]),
        );
        all.insert("");
    }
    let mut all: Vec<String> = all.into_iter().map(str::to_owned).collect();
    all.sort_by_key(|beginning| std::cmp::Reverse(beginning.len()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(keys: &[&str]) -> Vec<(String, usize)> {
        fold(&keys.iter().copied().collect()).into_iter().collect()
    }

    fn owned(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
        expected
            .iter()
            .map(|(one, count)| ((*one).to_owned(), *count))
            .collect()
    }

    #[test]
    fn three_that_begin_alike_are_one() {
        for (keys, expected) in [
            (&["a/1", "a/2"][..], &[("a/1", 1), ("a/2", 1)][..]),
            (&["a/1", "a/2", "a/3", "b"], &[("a/*", 3), ("b", 1)]),
            (&["report-1", "report-2", "report-3"], &[("report-*", 3)]),
            (
                &["img1", "img2", "img3"],
                &[("img1", 1), ("img2", 1), ("img3", 1)],
            ),
            (
                &[
                    "l/1/a", "l/1/b", "l/1/c", "l/2/a", "l/2/b", "l/2/c", "l/3/x",
                ],
                &[("l/*", 7)],
            ),
            (
                &["l/1/a", "l/1/b", "l/1/c", "l/2/a", "l/2/b", "l/2/c"],
                &[("l/1/*", 3), ("l/2/*", 3)],
            ),
            (&["a/1", "a/2", "a/3", "a/"], &[("a/*", 4)]),
        ] {
            assert_eq!(folded(keys), owned(expected), "{keys:?}");
        }
    }

    #[test]
    fn a_whole_bucket_takes_more() {
        let keys: Vec<String> = (0..MANY).map(|n| n.to_string()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        assert_eq!(folded(&keys), owned(&[("*", MANY)]));
        assert_eq!(folded(&keys[1..]).len(), MANY - 1);
    }

    #[test]
    fn wildcards_of_keys_become_the_narrowest() {
        assert_eq!(folded(&["a*b", "a?b", "c"]), owned(&[("a?b", 1), ("c", 1)]));
        assert_eq!(
            folded(&["a*b", "axb", "axc"]),
            owned(&[("a?b", 2), ("axc", 1)])
        );
    }
}

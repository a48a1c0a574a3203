//! The listing against a model that looks at everything.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use futures_util::FutureExt;
use proptest::prelude::*;

use super::*;

/// A bucket of keys, and how many of them were read.
struct Map<'a> {
    map: &'a BTreeMap<String, u32>,
    at: Vec<u8>,
    reads: usize,
}

impl<'a> Map<'a> {
    fn new(map: &'a BTreeMap<String, u32>) -> Self {
        Self {
            map,
            at: Vec::new(),
            reads: 0,
        }
    }
}

impl Heads for Map<'_> {
    type Head = u32;
    type Error = Infallible;

    async fn seek(&mut self, key: &[u8]) -> Result<(), Infallible> {
        assert!(self.at.as_slice() <= key, "a listing only goes forward");
        self.at = key.into();
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<(String, u32)>, Infallible> {
        self.reads += 1;
        let found = self
            .map
            .iter()
            .find(|(key, _)| key.as_bytes() >= self.at.as_slice());
        let found = found.map(|(key, head)| (key.clone(), *head));
        if let Some((key, _)) = &found {
            self.at = [key.as_bytes(), b"\0"].concat();
        }
        Ok(found)
    }
}

fn run(map: &BTreeMap<String, u32>, ask: &Ask<'_>) -> Page<u32> {
    let page = list(&mut Map::new(map), ask).now_or_never();
    page.expect("nothing waits").expect("nothing fails")
}

/// The same by definition: all entries, those after the marker, the first of them.
fn model(map: &BTreeMap<String, u32>, ask: &Ask<'_>) -> Page<u32> {
    let mut entries = BTreeSet::new();
    for (key, head) in map.iter().filter(|(key, _)| key.starts_with(ask.prefix)) {
        let rest = &key[ask.prefix.len()..];
        let cut = (!ask.delimiter.is_empty())
            .then(|| rest.find(ask.delimiter))
            .flatten();
        entries.insert(match cut {
            Some(at) => (
                key[..ask.prefix.len() + at + ask.delimiter.len()].to_owned(),
                None,
            ),
            None => (key.clone(), Some(*head)),
        });
    }
    let after =
        |(entry, _): &(String, Option<u32>)| ask.after.is_empty() || entry.as_str() > ask.after;
    let entries: Vec<_> = entries.into_iter().filter(after).collect();
    let mut page = Page::default();
    for (entry, head) in entries.iter().take(ask.limit) {
        match head {
            Some(head) => page.keys.push((entry.clone(), *head)),
            None => page.prefixes.push(entry.clone()),
        }
    }
    if entries.len() > ask.limit {
        page.next = Some(entries[ask.limit - 1].0.clone());
    }
    page
}

fn keys(names: &[&str]) -> BTreeMap<String, u32> {
    names
        .iter()
        .zip(0..)
        .map(|(name, head)| ((*name).to_owned(), head))
        .collect()
}

const ALL: Ask<'static> = Ask {
    prefix: "",
    delimiter: "",
    after: "",
    limit: 1000,
};

#[test]
fn the_sample_of_the_documents() {
    let map = keys(&[
        "fun/movie/001.avi",
        "fun/movie/007.avi",
        "fun/test.jpg",
        "oss.jpg",
    ]);
    let page = run(
        &map,
        &Ask {
            prefix: "fun/",
            delimiter: "/",
            ..ALL
        },
    );
    assert_eq!(page.keys, [("fun/test.jpg".to_owned(), 2)]);
    assert_eq!(page.prefixes, ["fun/movie/"]);
    assert_eq!(page.next, None);
}

#[test]
fn a_common_prefix_continues_behind_itself() {
    let map = keys(&["a/1", "a/2", "b", "c/1"]);
    let first = run(
        &map,
        &Ask {
            delimiter: "/",
            limit: 1,
            ..ALL
        },
    );
    assert_eq!(
        (first.prefixes.as_slice(), first.next.as_deref()),
        (["a/".to_owned()].as_slice(), Some("a/"))
    );
    let second = run(
        &map,
        &Ask {
            delimiter: "/",
            limit: 1,
            after: "a/",
            ..ALL
        },
    );
    assert_eq!(second.keys, [("b".to_owned(), 2)]);
    let inside = run(
        &map,
        &Ask {
            delimiter: "/",
            after: "a/1",
            ..ALL
        },
    );
    assert_eq!(inside.prefixes, ["c/"]);
}

#[test]
fn a_full_page_without_a_rest_is_not_truncated() {
    let map = keys(&["a/1", "a/2"]);
    assert_eq!(run(&map, &Ask { limit: 2, ..ALL }).next, None);
    assert_eq!(
        run(
            &map,
            &Ask {
                delimiter: "/",
                limit: 1,
                ..ALL
            }
        )
        .next,
        None
    );
}

#[test]
fn a_common_prefix_is_read_once() {
    let map: BTreeMap<_, _> = (0..3000)
        .map(|i| (format!("{}/{i:04}", i % 3), i))
        .collect();
    let mut heads = Map::new(&map);
    let page = list(
        &mut heads,
        &Ask {
            delimiter: "/",
            ..ALL
        },
    )
    .now_or_never();
    assert_eq!(
        page.map(|page| page.map(|page| page.prefixes.len())),
        Some(Ok(3))
    );
    assert_eq!(heads.reads, 4);
}

fn name() -> impl Strategy<Value = String> {
    "[ab/é\u{10FFFF}\u{1}]{0,5}"
}

proptest! {
    #[test]
    fn as_the_model_says(
        names in prop::collection::vec("[ab/é\u{10FFFF}\u{1}]{1,6}", 0..25),
        prefix in name(), delimiter in "[/aé]{0,2}", after in name(), limit in 1_usize..8,
    ) {
        let map: BTreeMap<_, _> = names.into_iter().zip(0..).collect();
        let ask = Ask { prefix: &prefix, delimiter: &delimiter, after: &after, limit };
        prop_assert_eq!(run(&map, &ask), model(&map, &ask));
    }

    #[test]
    fn pages_together_are_the_whole(
        names in prop::collection::vec("[ab/]{1,6}", 0..40), delimiter in "/?", limit in 1_usize..5,
    ) {
        let map: BTreeMap<_, _> = names.into_iter().zip(0..).collect();
        let whole = run(&map, &Ask { delimiter: &delimiter, ..ALL });
        let (mut keys, mut prefixes, mut after) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = run(&map, &Ask { delimiter: &delimiter, after: &after, limit, ..ALL });
            keys.extend(page.keys);
            prefixes.extend(page.prefixes);
            let Some(next) = page.next else { break };
            after = next;
        }
        prop_assert_eq!((keys, prefixes), (whole.keys, whole.prefixes));
    }
}

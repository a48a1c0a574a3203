//! Random batches against the plainest model there is.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
    test_runner::{Config, TestRunner},
};

use crate::{Batch, Error, Expect, Row, Store, View};

/// Few keys, so that batches meet; close to each other, so that prefixes and orders matter.
const KEYS: [&[u8]; 12] = [
    b"a",
    b"a\0",
    b"a/",
    b"a/a",
    b"a/b",
    b"a0",
    b"b",
    b"\xfe",
    b"\xff",
    b"\xff\0",
    b"\xff\xff",
    b"\xff\xff\xff",
];

#[derive(Clone, Debug)]
enum Step {
    Put(Vec<u8>),
    Delete,
    Add(i64),
    ExpectAbsent,
    ExpectPresent,
    /// That the row is as it was so many commits ago.
    ExpectVersion(u64),
}

type Script = Vec<Vec<(&'static [u8], Step)>>;

fn script() -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        4 => vec(any::<u8>(), 0..7).prop_map(Step::Put),
        2 => Just(Step::Delete),
        3 => any::<i64>().prop_map(Step::Add),
        1 => Just(Step::ExpectAbsent),
        1 => Just(Step::ExpectPresent),
        2 => (0u64..6).prop_map(Step::ExpectVersion),
    ];
    vec(vec((select(&KEYS[..]), step), 0..6), 1..40)
}

/// The rows: version and value.
type Model = BTreeMap<Vec<u8>, (u64, Vec<u8>)>;

/// Batches, reads, seeks and snapshots do what they do to a `BTreeMap`.
pub async fn agrees_with_a_model(store: Store) {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let config = Config {
            cases: 64,
            failure_persistence: None,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&script(), |script| {
            runtime.block_on(follow(&store, script));
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
    });
}

async fn follow(store: &Store, script: Script) {
    store.clear().await.unwrap();
    let (mut model, mut last) = (Model::new(), 0);
    let mut snapshots = Vec::new();
    for steps in script {
        snapshots.push((store.meta.view().await.unwrap(), model.clone()));
        let after = apply(&model, &steps, last);
        match (store.meta.commit(batch(&steps, &model, last)).await, after) {
            (Ok(number), Some(mut rows)) => {
                assert!(number > last);
                rows.values_mut()
                    .filter(|row| row.0 == u64::MAX)
                    .for_each(|row| row.0 = number);
                (model, last) = (rows, number);
            }
            (Err(Error::Conflict { .. } | Error::Damaged { .. }), None) => {}
            (outcome, after) => panic!("{steps:?} on {model:?} gave {outcome:?}, not {after:?}"),
        }
        gets_agree(store, &model).await;
    }
    for (view, model) in snapshots {
        walks_agree(&view, &model).await;
    }
}

fn batch(steps: &[(&'static [u8], Step)], model: &Model, last: u64) -> Batch {
    let mut batch = Batch::new();
    for (key, step) in steps {
        match step {
            Step::Put(value) => batch.put(key, value.clone()),
            Step::Delete => batch.delete(key),
            Step::Add(by) => batch.add(key, *by),
            Step::ExpectAbsent => batch.expect(key, Expect::Absent),
            Step::ExpectPresent => batch.expect(key, Expect::Present),
            Step::ExpectVersion(ago) => batch.expect_version(key, expected(model, key, last, *ago)),
        };
    }
    batch
}

/// Half of the versions expected are the right ones.
fn expected(model: &Model, key: &[u8], last: u64, ago: u64) -> u64 {
    let right = model
        .get(key)
        .map(|row| row.0)
        .filter(|_| ago.is_multiple_of(2));
    right.unwrap_or(last.saturating_sub(ago))
}

/// The rows after these steps, with `u64::MAX` for the version that they get; `None` where the commit must fail.
fn apply(model: &Model, steps: &[(&'static [u8], Step)], last: u64) -> Option<Model> {
    let holds = steps.iter().all(|(key, step)| {
        let before = model.get(*key).map(|row| row.0);
        match step {
            Step::ExpectAbsent => before.is_none(),
            Step::ExpectPresent => before.is_some(),
            Step::ExpectVersion(ago) => before == Some(expected(model, key, last, *ago)),
            Step::Put(_) | Step::Delete | Step::Add(_) => true,
        }
    });
    let mut rows = model.clone();
    (holds && KEYS.iter().all(|key| write(&mut rows, key, steps))).then_some(rows)
}

/// What the steps make of one row; `false` if they add to what is not a counter, and nothing later in them replaces it.
fn write(rows: &mut Model, key: &'static [u8], steps: &[(&'static [u8], Step)]) -> bool {
    let mut refused = false;
    let mut replaced = false;
    for (_, step) in steps.iter().filter(|(of, _)| *of == key) {
        let value = rows.get(key).map(|row| row.1.clone());
        let after = match step {
            Step::Put(value) => Some(value.clone()),
            Step::Delete => None,
            Step::Add(by) => {
                let sum = value.as_ref().map_or(Some(0), |value| counter(value));
                refused |= sum.is_none() && !replaced;
                Some(sum.unwrap_or(0).wrapping_add(*by).to_be_bytes().to_vec())
            }
            Step::ExpectAbsent | Step::ExpectPresent | Step::ExpectVersion(_) => continue,
        };
        if !matches!(step, Step::Add(_)) {
            (refused, replaced) = (false, true);
        }
        match after {
            Some(value) => rows.insert(key.to_vec(), (u64::MAX, value)),
            None => rows.remove(key),
        };
    }
    !refused
}

fn counter(value: &[u8]) -> Option<i64> {
    value.try_into().ok().map(i64::from_be_bytes)
}

fn row(model: &Model, key: &[u8]) -> Option<Row> {
    let (version, value) = model.get(key)?;
    Some(Row {
        key: Bytes::copy_from_slice(key),
        version: *version,
        value: Bytes::copy_from_slice(value),
    })
}

async fn gets_agree(store: &Store, model: &Model) {
    for key in KEYS {
        assert_eq!(store.meta.get(key).await.unwrap(), row(model, key));
    }
}

async fn walks_agree(view: &View, model: &Model) {
    for prefix in KEYS.into_iter().chain([&b""[..]]) {
        let expected: Vec<Row> = model
            .keys()
            .filter(|key| key.starts_with(prefix))
            .filter_map(|key| row(model, key))
            .collect();
        assert_eq!(
            view.cursor(prefix).take(usize::MAX).await.unwrap(),
            expected
        );
        let mut cursor = view.cursor(prefix);
        for key in KEYS.iter().rev().chain(&KEYS) {
            cursor.seek(key).await.unwrap();
            let first = expected.iter().find(|row| *row.key >= **key);
            assert_eq!(cursor.next().await.unwrap().as_ref(), first);
        }
    }
}

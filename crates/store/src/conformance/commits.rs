//! Commits: expectations, atomicity, counters, races.

use super::{commit, conflict, counter, put, together, value};
use crate::{Batch, Error, Store};

pub async fn numbers_grow(store: Store) {
    let first = put(&store, [("a", "")]).await;
    let second = put(&store, [("b", "")]).await;
    let third = commit(&store, Batch::new().put("a", "").add("n", 1))
        .await
        .unwrap();
    assert!(0 < first && first < second && second < third);
    for (key, version) in [("a", third), ("b", second), ("n", third)] {
        assert_eq!(
            store
                .meta
                .get(key.as_bytes())
                .await
                .unwrap()
                .unwrap()
                .version,
            version
        );
    }
}

/// Whoever keeps what it read may rely on the stamp alone.
pub async fn every_change_changes_the_stamp(store: Store) {
    let Some(first) = store.meta.stamp() else {
        return; // others may commit too
    };
    put(&store, [("a", "1")]).await;
    let second = store.meta.stamp().unwrap();
    store.meta.get(b"a").await.unwrap();
    assert_eq!(store.meta.stamp(), Some(second), "reading changes nothing");
    commit(&store, Batch::new().delete("a")).await.unwrap();
    let third = store.meta.stamp().unwrap();
    commit(&store, Batch::new().put("a", "2").quiet())
        .await
        .unwrap();
    assert_eq!(store.meta.stamp(), Some(third), "nobody remembers the row");
    assert_eq!(value(&store, "a").await.unwrap(), "2");
    store.clear().await.unwrap();
    let fourth = store.meta.stamp().unwrap();
    let seen = std::collections::BTreeSet::from([first, second, third, fourth]);
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// Whoever keeps a row may rely on its mark alone.
pub async fn every_write_changes_the_mark(store: Store) {
    let mark = || store.meta.mark(b"a").unwrap_or_default();
    if store.meta.mark(b"a").is_none() {
        return; // others may commit too
    }
    let mut seen = std::collections::BTreeSet::from([mark()]);
    for batch in [
        Batch::new().put("a", "1").take(),
        Batch::new().put("a", "2").quiet().take(),
        Batch::new().delete("a").quiet().take(),
        Batch::new().put("a", "3").put("b", "4").take(),
    ] {
        store.commit(batch).await.unwrap();
        assert!(seen.insert(mark()), "{seen:?}");
    }
    store.meta.get(b"a").await.unwrap();
    assert!(seen.contains(&mark()), "reading changes nothing");
    store.clear().await.unwrap();
    assert!(seen.insert(mark()), "{seen:?}");
    if store.save_snapshot("s").is_ok() {
        store.restore_snapshot("s").unwrap();
        assert!(seen.insert(mark()), "{seen:?}");
    }
}

pub async fn expects_absent(store: Store) {
    commit(&store, Batch::new().expect_absent("a").put("a", "1"))
        .await
        .unwrap();
    let again = commit(&store, Batch::new().expect_absent("a").put("a", "2")).await;
    assert_eq!(conflict(again), "a");
    assert_eq!(value(&store, "a").await.unwrap(), "1");
    commit(&store, Batch::new().delete("a")).await.unwrap();
    commit(&store, Batch::new().expect_absent("a").put("a", "3"))
        .await
        .unwrap();
}

pub async fn expects_present(store: Store) {
    let absent = commit(&store, Batch::new().expect_present("a").put("b", "")).await;
    assert_eq!(conflict(absent), "a");
    put(&store, [("a", "")]).await;
    put(&store, [("a", "")]).await;
    commit(&store, Batch::new().expect_present("a").put("b", ""))
        .await
        .unwrap();
}

pub async fn expects_version(store: Store) {
    let old = put(&store, [("a", "1")]).await;
    let new = put(&store, [("a", "1")]).await; // the same value is another version
    let stale = commit(&store, Batch::new().expect_version("a", old).put("a", "2")).await;
    assert_eq!(conflict(stale), "a");
    commit(&store, Batch::new().expect_version("a", new).delete("a"))
        .await
        .unwrap();
    let gone = commit(&store, Batch::new().expect_version("a", new).put("a", "3")).await;
    assert_eq!(conflict(gone), "a");
    let counted = commit(&store, Batch::new().add("n", 1)).await.unwrap();
    commit(&store, Batch::new().add("n", 1)).await.unwrap();
    let stale = commit(&store, Batch::new().expect_version("n", counted)).await;
    assert_eq!(conflict(stale), "n");
}

pub async fn expects_what_is_remembered(store: Store) {
    let version = put(&store, [("a", "1")]).await;
    let stamp = store.meta.stamp();
    let remembered = |version| Batch::new().expect_remembered("a", version, stamp).take();
    commit(&store, remembered(version).put("b", "").quiet())
        .await
        .unwrap();
    commit(&store, &mut remembered(version)).await.unwrap();
    put(&store, [("c", "")]).await;
    commit(&store, &mut remembered(version)).await.unwrap();
    let newer = put(&store, [("a", "2")]).await;
    assert_eq!(
        conflict(commit(&store, &mut remembered(version)).await),
        "a"
    );
    commit(&store, &mut remembered(newer)).await.unwrap();
    store.clear().await.unwrap();
    assert_eq!(conflict(commit(&store, &mut remembered(newer)).await), "a");
}

/// Who remembers a row commits before whoever changes it, or not at all.
pub async fn what_is_remembered_is_not_outlived(store: Store) {
    for round in 0..100 {
        let before = put(&store, [("a", "")]).await;
        let stamp = store.meta.stamp();
        let tasks = (0..4).map(|task| {
            let store = store.clone();
            let mut batch = Batch::new();
            match task {
                0 => batch.put("a", "changed"),
                _ => batch
                    .expect_remembered("a", before, stamp)
                    .put(format!("{round}/{task}"), "")
                    .quiet(),
            };
            async move { store.commit(batch).await }
        });
        let mut outcomes = together(tasks).await.into_iter();
        let changed = outcomes.next().unwrap().unwrap();
        for outcome in outcomes {
            match outcome {
                Ok(number) => assert!(number < changed, "{number}, but {changed} changed it"),
                outcome => assert_eq!(conflict(outcome), "a"),
            }
        }
    }
}

pub async fn an_expectation_may_stand_alone(store: Store) {
    let version = put(&store, [("a", "")]).await;
    let holds = commit(&store, Batch::new().expect_version("a", version))
        .await
        .unwrap();
    assert!(holds > version);
    conflict(commit(&store, Batch::new().expect_absent("a")).await);
    commit(&store, &mut Batch::new()).await.unwrap();
}

pub async fn changes_nothing_on_conflict(store: Store) {
    let version = put(&store, [("a", "1"), ("b", "1")]).await;
    let mut batch = Batch::new();
    batch.put("a", "2").delete("b").put("c", "2").add("n", 5);
    batch
        .expect_version("a", version)
        .expect_absent("z")
        .expect_absent("b")
        .expect_present("c");
    assert_eq!(
        conflict(commit(&store, &mut batch).await),
        "b",
        "the first that fails, in the order they were made"
    );
    assert_eq!(value(&store, "a").await.unwrap(), "1");
    assert_eq!(value(&store, "b").await.unwrap(), "1");
    assert_eq!(value(&store, "c").await, None);
    assert_eq!(value(&store, "n").await, None);
}

pub async fn writes_each_key_once(store: Store) {
    put(&store, [("deleted", "1"), ("kept", "1")]).await;
    let mut batch = Batch::new();
    batch
        .put("kept", "2")
        .put("kept", "3")
        .put("deleted", "2")
        .delete("deleted");
    batch
        .delete("back")
        .put("back", "1")
        .add("sum", 2)
        .add("sum", 3);
    batch
        .delete("anew")
        .add("anew", 7)
        .add("put", 1)
        .put("put", "x");
    commit(&store, &mut batch).await.unwrap();
    assert_eq!(value(&store, "kept").await.unwrap(), "3");
    assert_eq!(value(&store, "deleted").await, None);
    assert_eq!(value(&store, "back").await.unwrap(), "1");
    assert_eq!(value(&store, "put").await.unwrap(), "x");
    assert_eq!(
        (counter(&store, "sum").await, counter(&store, "anew").await),
        (5, 7)
    );
}

pub async fn adds_start_at_zero(store: Store) {
    commit(&store, Batch::new().add("n", -3)).await.unwrap();
    assert_eq!(counter(&store, "n").await, -3);
    commit(&store, Batch::new().add("n", 10)).await.unwrap();
    assert_eq!(counter(&store, "n").await, 7);
    commit(&store, Batch::new().delete("n")).await.unwrap();
    assert_eq!(value(&store, "n").await, None);
    commit(&store, Batch::new().add("n", 0)).await.unwrap();
    assert_eq!(
        value(&store, "n").await.unwrap().len(),
        8,
        "adding nothing makes a row too"
    );
    commit(&store, Batch::new().add("n", i64::MAX))
        .await
        .unwrap();
    commit(&store, Batch::new().add("n", 1)).await.unwrap();
    assert_eq!(counter(&store, "n").await, i64::MIN);
}

pub async fn adds_refuse_other_rows(store: Store) {
    put(&store, [("text", "not a counter")]).await;
    let refused = commit(
        &store,
        Batch::new().put("a", "").add("text", 1).put("z", ""),
    )
    .await;
    assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
    assert_eq!(value(&store, "text").await.unwrap(), "not a counter");
    assert_eq!(
        (value(&store, "a").await, value(&store, "z").await),
        (None, None)
    );
    assert_eq!(counter(&store, "text").await, 0);
}

pub async fn adds_sum_up(store: Store) {
    let tasks = (1..=4).map(|by| {
        let store = store.clone();
        async move {
            for _ in 0..250 {
                commit(&store, Batch::new().add("n", by).add("commits", 1))
                    .await
                    .unwrap();
            }
        }
    });
    together(tasks).await;
    assert_eq!(
        (counter(&store, "n").await, counter(&store, "commits").await),
        (2500, 1000)
    );
}

pub async fn one_of_many_wins(store: Store) {
    for round in 0..50 {
        let key = format!("prize/{}", round / 2);
        let before = store.meta.get(key.as_bytes()).await.unwrap();
        let tasks = (0..8).map(|task| {
            let (store, key) = (store.clone(), key.clone());
            let mut batch = Batch::new();
            match &before {
                None => batch.expect_absent(&key),
                Some(row) => batch.expect_version(&key, row.version),
            };
            batch.put(&key, format!("{task}")).add("winners", 1);
            async move { store.meta.commit(batch).await }
        });
        let outcomes = together(tasks).await;
        let winner = outcomes.iter().position(Result::is_ok).unwrap();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(
            outcomes
                .into_iter()
                .all(|outcome| outcome.is_ok() || conflict(outcome) == key)
        );
        assert_eq!(value(&store, &key).await.unwrap(), winner.to_string());
    }
    assert_eq!(counter(&store, "winners").await, 50);
}

/// Read, decide, commit, and from the start on a conflict.
pub async fn retries_lose_no_update(store: Store) {
    put(&store, [("tally", "")]).await;
    let tasks = (0..4).map(|_| {
        let store = store.clone();
        async move {
            for _ in 0..100 {
                while !tally(&store).await {}
            }
        }
    });
    together(tasks).await;
    assert_eq!(value(&store, "tally").await.unwrap().len(), 400);
}

async fn tally(store: &Store) -> bool {
    let row = store.meta.get(b"tally").await.unwrap().unwrap();
    let longer = [&row.value[..], b"|"].concat();
    let mut batch = Batch::new();
    batch
        .expect_version("tally", row.version)
        .put("tally", longer);
    match commit(store, &mut batch).await {
        Ok(_) => true,
        Err(error) if error.is_conflict() => false,
        Err(error) => panic!("{error}"),
    }
}

pub async fn strangers_do_not_conflict(store: Store) {
    let tasks = (0..8).map(|task| {
        let store = store.clone();
        async move {
            for row in 0..50 {
                let key = format!("{task}/{row}");
                commit(&store, Batch::new().expect_absent(&key).put(&key, ""))
                    .await
                    .unwrap();
            }
        }
    });
    together(tasks).await;
    assert_eq!(super::all_keys(&store).await.len(), 400);
}

//! Ownership in the orders of events that the protocol is made for, cut at every point.
//!
//! A test says in which order tasks go on; each goes on for every possible number of steps, and to its end where it
//! stands for the last time.

use std::task::{Context, Waker};

use futures_util::{FutureExt, StreamExt, stream};

use super::{
    far,
    scene::{
        NOON, Task, attempt, copies, disowns, ends_without_a_trace, fill, now, owners, owns,
        receive, releases, run, sweeps,
    },
};
use crate::{BlobId, Error, LEASE, Received, Store, own, share};

const TO_THE_END: u8 = u8::MAX;
/// As many steps as a release or a sweep of one blob has.
const STEPS: u8 = 16;

/// A blob that these own, and one owner who has just gone, so that it is to be looked after.
fn loosened(owners: &[&'static str]) -> (Store, BlobId) {
    let near = Store::memory();
    let id = receive(&near);
    now(near.meta.commit(fill(|batch| own(batch, id, "gone")))).expect("the lease holds");
    for owner in owners {
        now(near.meta.commit(fill(|batch| share(batch, id, owner)))).expect("it is owned");
    }
    now(disowns(near.clone(), id, "gone"));
    (near, id)
}

/// Runs the tasks of a scene in this order, with every combination of lengths.
fn cut_everywhere(scene: impl Fn() -> (Store, BlobId, Vec<Task>), order: &[usize]) {
    let free = |at: usize| order[at + 1..].contains(&order[at]);
    let free: Vec<usize> = (0..order.len()).filter(|at| free(*at)).collect();
    for combination in 0..u64::from(STEPS).pow(free.len() as u32) {
        let mut lengths = vec![TO_THE_END; order.len()];
        free.iter().fold(combination, |rest, at| {
            lengths[*at] = 1 + (rest % u64::from(STEPS)) as u8;
            rest / u64::from(STEPS)
        });
        let (near, id, tasks) = scene();
        run(&near, id, tasks, order.iter().copied().zip(lengths));
        ends_without_a_trace(&near, id);
    }
}

#[test]
fn a_share_comes_while_a_releaser_works() {
    let scene = || {
        let (near, id) = loosened(&[]);
        let store = far(near.clone());
        let copying = copies(store.clone(), id, "copy").boxed();
        (near, id, vec![releases(store, id).boxed(), copying])
    };
    cut_everywhere(scene, &[0, 1, 0]);
}

/// A disowner that stops before it releases, beside a releaser that finds the blob owned.
#[test]
fn an_owner_goes_while_a_releaser_works() {
    let scene = || {
        let (near, id) = loosened(&["you"]);
        let store = far(near.clone());
        let going = disowns(store.clone(), id, "you").boxed();
        (near, id, vec![releases(store, id).boxed(), going])
    };
    cut_everywhere(scene, &[0, 1, 0]);
}

/// A blob that "you" own; somebody stopped while looking for owners.
fn half_buried() -> (Store, BlobId) {
    let (near, id) = loosened(&["you"]);
    let tombstone = fill(|batch| {
        batch.delete([&b"blob/"[..], id.as_bytes()].concat());
        batch.put([&b"tombstone/"[..], id.as_bytes()].concat(), "");
    });
    now(near.meta.commit(tombstone)).expect("nothing is expected");
    (near, id)
}

#[test]
fn an_owned_blob_comes_back() {
    let scene = || {
        let (near, id) = half_buried();
        let store = far(near.clone());
        let releasing = releases(store.clone(), id).boxed();
        (near, id, vec![releasing, sweeps(store, NOON).boxed()])
    };
    cut_everywhere(scene, &[0, 1, 0]);
    cut_everywhere(scene, &[0, 1, 0, 1]);
}

/// Two go on where somebody stopped, the last owner goes, and a share comes.
fn two_releasers() -> (Store, BlobId, Vec<Task>) {
    let (near, id) = half_buried();
    let store = far(near.clone());
    let tasks = vec![
        releases(store.clone(), id).boxed(),
        releases(store.clone(), id).boxed(),
        disowns(store.clone(), id, "you").boxed(),
        copies(store, id, "copy").boxed(),
    ];
    (near, id, tasks)
}

#[test]
fn the_last_to_look_finds_nobody() {
    cut_everywhere(two_releasers, &[0, 2, 1, 0, 3, 1]);
}

#[test]
fn the_last_to_look_had_been_overtaken() {
    cut_everywhere(two_releasers, &[0, 1, 2, 0, 1, 3, 0]);
}

/// An upload gets an owner, loses it and is shared while a sweep takes its lease for over.
#[test]
fn an_owner_comes_and_goes_during_a_sweep() {
    let scene = || {
        let near = Store::memory();
        let id = receive(&near);
        let store = far(near.clone());
        let tasks = vec![
            sweeps(store.clone(), NOON + LEASE).boxed(),
            owns(store.clone(), id).boxed(),
            disowns(store.clone(), id, "late").boxed(),
            copies(store, id, "copy").boxed(),
        ];
        (near, id, tasks)
    };
    cut_everywhere(scene, &[0, 1, 2, 0, 3, 0]);
    cut_everywhere(scene, &[0, 1, 0, 2, 0, 3, 0]);
}

/// Another process's sweep finds a lease over, and the upload's own process renews it meanwhile.
#[test]
fn a_lease_is_renewed_during_a_sweep() {
    for steps in 1..STEPS {
        let near = Store::memory();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let body = stream::iter([Ok::<_, Error>(vec![7; 70_000].into())]);
        let body = body.chain(stream::once(ended).map(|_| Ok("".into())));
        let mut receiving = Box::pin(near.receive(Box::pin(body), NOON));
        assert!(
            receiving.as_mut().now_or_never().is_none(),
            "it waits for its end"
        );

        let mut sweeping = sweeps(far(near.clone()), NOON + LEASE).boxed();
        let mut context = Context::from_waker(Waker::noop());
        let swept = (0..steps).any(|_| sweeping.poll_unpin(&mut context).is_ready());
        let renewed = now(near.sweep(NOON + LEASE))
            .expect("a sweep succeeds")
            .renewed
            == 1;
        while !swept && sweeping.poll_unpin(&mut context).is_pending() {}

        end.send(()).expect("it still waits");
        match receiving.now_or_never().expect("nothing waits in memory") {
            Ok(Received::Large { id, .. }) => {
                assert!(now(attempt(&near, fill(|batch| own(batch, id, "me")))));
                assert_eq!(owners(&near, id).len(), 1);
            }
            Ok(Received::Small(_)) => panic!("it is large"),
            Err(_) => assert!(!renewed, "a renewed lease holds"),
        }
    }
}

//! Ownership under every order of events that chance finds: releasers, sharers and sweepers that wait at each step, are
//! put in a random order and stopped at random points, as if their process had ended.

use std::task::{Context, Waker};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use proptest::{
    collection::vec,
    prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest},
};

use super::{
    far,
    scene::{
        Burst, NOON, copies, copies_for_a_while, deletes, ends_without_a_trace, fill, moves, now,
        owns, receive, run, sweeps,
    },
};
use crate::{Error, LEASE, Store, own};

/// How many schedules each test tries.
const CASES: u32 = 1000;

/// Bursts rather than single steps, because what goes wrong does so when one task overtakes another.
fn schedules(tasks: usize) -> impl Strategy<Value = Vec<Burst>> {
    let burst = prop_oneof![1 => Just(0u8), 30 => 1u8..12];
    vec((0..tasks, burst), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_share_is_lost_and_nothing_is_left(schedule in schedules(8)) {
        let near = Store::memory();
        let id = receive(&near);
        now(near.meta.commit(fill(|batch| own(batch, id, "me")))).expect("the lease holds");
        let store = far(near.clone());
        let tasks = Vec::from([
            deletes(store.clone(), id, "me").boxed(),
            copies(store.clone(), id, "copy").boxed(),
            copies_for_a_while(store.clone(), id).boxed(),
            moves(store.clone(), id).boxed(),
            sweeps(store.clone(), NOON).boxed(),
            sweeps(store.clone(), NOON).boxed(),
            copies(store.clone(), id, "late").boxed(),
            sweeps(store, NOON).boxed(),
        ]);
        run(&near, id, tasks, schedule);
        ends_without_a_trace(&near, id);
    }

    #[test]
    fn a_late_owner_gets_a_whole_blob_or_none(schedule in schedules(4)) {
        let near = Store::memory();
        let id = receive(&near);
        let store = far(near.clone());
        let tasks = Vec::from([
            owns(store.clone(), id).boxed(),
            sweeps(store.clone(), NOON + LEASE).boxed(),
            sweeps(store.clone(), NOON + LEASE).boxed(),
            copies_for_a_while(store, id).boxed(),
        ]);
        run(&near, id, tasks, schedule);
        ends_without_a_trace(&near, id);
    }

    #[test]
    fn a_stopped_upload_leaves_nothing(steps in 0usize..60, len in 65_537usize..300_000) {
        let near = Store::memory();
        let store = far(near.clone());
        let body = stream::iter(std::iter::repeat_n((), len / 10_000 + 1)).map(|()| Ok::<_, Error>(vec![7; 10_000].into()));
        let body = body.flat_map(|piece| stream::iter([piece]).chain(stream::once(async { Ok(Bytes::new()) })));
        {
            let mut receiving = std::pin::pin!(store.receive(Box::pin(body), NOON));
            let mut context = Context::from_waker(Waker::noop());
            let _ = (0..steps).find(|_| receiving.as_mut().poll(&mut context).is_ready());
        }
        now(near.sweep(NOON + LEASE)).expect("a sweep succeeds");
        let rows = now(async { near.meta.view().await?.cursor(b"").take(100).await }).expect("rows");
        assert_eq!(rows, []);
    }
}

//! The store on a disk whose power fails at every sync.

use std::fmt;

use fastrand::Rng;
use store::{
    Options,
    faults::{Fault, Faults, SyncPoint},
};

use crate::{
    disk::{Disk, ROOT},
    life::{Expected, Moment, Plan, live},
    mount::{mount, unwatched},
    tell,
};

const WRITERS: u8 = 3;

/// How much a test does.
#[derive(Clone, Copy, Debug)]
struct Effort {
    /// Disks that are begun with.
    disks: u64,
    /// Lives on each of them, one after the other's power failure.
    lives: usize,
    /// Commits that each writer tries in a life.
    commits: usize,
    /// Power failures tried in each life.
    cuts: usize,
    /// Whether many bytes are committed, so that the engine writes tables and begins new journals.
    heavy: bool,
}

#[derive(Debug, Default)]
struct Tally {
    lives: usize,
    moments: usize,
    cuts: usize,
    acknowledged: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            lives,
            moments,
            cuts,
            acknowledged,
        } = self;
        write!(
            f,
            "{lives} lives, {acknowledged} acknowledged commits, {moments} syncs, {cuts} power failures"
        )
    }
}

/// Lives until something is not as it must be.
fn try_out(options: &Options, effort: Effort, seed: u64, tally: &mut Tally) -> Result<(), String> {
    for number in 0..effort.disks {
        let seed = seed.wrapping_mul(1000) + number;
        let told = |error| format!("seed {seed}: {error}");
        one_disk(options, effort, seed, tally).map_err(told)?;
    }
    Ok(())
}

/// One disk through several lives: after each, power failures at some of its moments, of which one is gone on with.
fn one_disk(options: &Options, effort: Effort, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let (mut disk, mut expected) = (Disk::new(), Expected::nothing(WRITERS));
    for life in 0..effort.lives {
        let plan = Plan {
            options: options.clone(),
            commits: effort.commits,
            heavy: effort.heavy,
            clear: rng.u8(..3) == 0,
            seed: rng.u64(..),
        };
        let past = live(disk, &expected, &plan).map_err(|error| format!("life {life}: {error}"))?;
        tally.lives += 1;
        tally.acknowledged += past.acknowledged;
        tally.moments += past.moments.len();
        for moment in chosen(&past.moments, effort.cuts, &mut rng) {
            tally.cuts += 1;
            power_fails(moment, options, rng.u64(..))
                .map_err(|error| format!("life {life}, then {error}"))?;
        }
        let next = rng.choice(&past.moments).ok_or("nothing was synced")?;
        (disk, expected) = (next.disk.cut(rng.u64(..)), next.expected.clone());
    }
    Ok(())
}

/// What is left is opened and used a little.
fn power_fails(moment: &Moment, options: &Options, seed: u64) -> Result<(), String> {
    let plan = Plan {
        options: options.clone(),
        commits: 1,
        heavy: false,
        clear: false,
        seed,
    };
    live(moment.disk.cut(seed), &moment.expected, &plan)
        .map(drop)
        .map_err(|error| format!("cut {seed}: {error}"))
}

/// So many of the moments: a third of them from when the store was being opened, which is short.
fn chosen<'a>(moments: &'a [Moment], count: usize, rng: &mut Rng) -> Vec<&'a Moment> {
    let (mut opening, mut open): (Vec<_>, Vec<_>) = moments.iter().partition(|m| m.opening);
    rng.shuffle(&mut opening);
    rng.shuffle(&mut open);
    opening.truncate(count / 3);
    open.truncate(count - opening.len());
    [opening, open].concat()
}

/// Whether there is no FUSE here; then a line says so.
fn skipped() -> bool {
    mount(Disk::new(), unwatched()).is_none()
}

/// How many times the usual effort: the variable `POWER_EFFORT`.
fn times() -> u64 {
    #[allow(clippy::disallowed_methods, reason = "a test's own setting")]
    let given = std::env::var("POWER_EFFORT").ok();
    given.and_then(|given| given.parse().ok()).unwrap_or(1)
}

/// Nothing is lost when no sync is left out.
fn keeps_all(name: &str, effort: Effort) {
    if skipped() {
        return;
    }
    let mut tally = Tally::default();
    let outcome = try_out(&Options::default(), effort, 1, &mut tally);
    tell(format_args!("{name}: {tally}"));
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn keeps_what_it_acknowledged() {
    let effort = Effort {
        disks: 3 * times(),
        lives: 3,
        commits: 20,
        cuts: 40,
        heavy: false,
    };
    keeps_all("mixed", effort);
}

/// Whenever the power fails while a store is being made, there is one afterwards that can be used.
#[test]
fn is_made_whole_or_anew() {
    if skipped() {
        return;
    }
    let plan = Plan {
        options: Options::default(),
        commits: 1,
        heavy: false,
        clear: false,
        seed: 3,
    };
    let past = live(Disk::new(), &Expected::nothing(1), &plan).expect("the power has not failed");
    let opening: Vec<_> = past.moments.iter().filter(|m| m.opening).collect();
    let (cuts, mut told) = (opening.len() as u64 * 8 * times(), 0);
    for seed in 0..cuts {
        let moment = opening[seed as usize % opening.len()];
        let left = moment.disk.cut(seed);
        // Where nothing at all is left, nothing can be wrong.
        if left.names(ROOT).is_some_and(|names| !names.is_empty()) {
            told += 1;
            power_fails(moment, &plan.options, seed).unwrap_or_else(|error| panic!("{error}"));
        }
    }
    let syncs = opening.len();
    tell(format_args!(
        "making: {syncs} syncs, {cuts} power failures, {told} of them left something"
    ));
}

/// Each life fills a few tables.
#[test]
fn keeps_what_it_acknowledged_across_tables_and_journals() {
    let effort = Effort {
        disks: times(),
        lives: 3,
        commits: 40,
        cuts: 10,
        heavy: true,
    };
    keeps_all("heavy", effort);
}

#[test]
fn misses_every_sync_that_is_left_out() {
    if skipped() {
        return;
    }
    let mut unnoticed = Vec::new();
    for point in SyncPoint::ALL {
        let faults = Faults::default();
        faults.arm(point, Fault::Skip);
        let options = Options { faults };
        let effort = Effort {
            disks: 20 * times(),
            lives: 3,
            commits: 10,
            cuts: 30,
            heavy: false,
        };
        let (mut tally, name) = (Tally::default(), point.name());
        match try_out(&options, effort, 2, &mut tally) {
            Ok(()) => unnoticed.push(name),
            Err(error) => tell(format_args!("without {name}: after {tally}: {error:.200}")),
        }
    }
    assert!(
        unnoticed.is_empty(),
        "nothing shows that these are left out: {unnoticed:?}"
    );
}

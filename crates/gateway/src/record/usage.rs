//! Which permissions were asked for, beyond the last records: each once, however often it was asked for.

use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use hashbrown::{DefaultHashBuilder, HashTable};
use policy::{Context, Decision, Principal};

use super::{Asked, Record};
use crate::Layers;

/// How many are remembered. What is over that is counted and not kept.
const MOST: usize = 16_384;
/// The most bytes that they take together, about.
const ROOM: usize = 16 << 20;

/// Moves on between two requests that are the same otherwise: it is kept, and tells nothing apart.
const MOVING: &str = "acs:CurrentTime";

/// One permission that was asked for, once or many times: by one user or by sessions of one role, on one resource, with
/// the same condition keys, from the same address, and with the same outcome.
#[derive(Debug, Clone)]
pub struct Used {
    /// Who asked. Of the sessions of a role, the first that did.
    pub principal: Principal,
    /// Such as `oss:PutObject`.
    pub action: &'static str,
    /// The resource.
    pub arn: Box<str>,
    /// Where it came from.
    pub peer: IpAddr,
    /// Whether through TLS.
    pub secure: bool,
    /// The condition keys that mattered: those that a policy asked for, and those that say how much of the resource is
    /// meant ([`crate::Service::narrowing`]).
    pub context: Context,
    /// The policies, as they were the last time.
    pub layers: Layers,
    /// What came of it the last time; the verdict is that of every time.
    pub decision: Decision,
    /// How often it was asked for.
    pub count: u64,
    /// The first time, wall time.
    pub first: DateTime<Utc>,
    /// The last time, wall time.
    pub last: DateTime<Utc>,
}

/// What was asked for and is no longer remembered, because there was too much of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Missed {
    /// How often something was asked for that found no room.
    pub count: u64,
    /// The first and the last time, wall time.
    pub between: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A permission that was asked for, before it is known whether it was asked for before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    pub(crate) peer: IpAddr,
    pub(crate) secure: bool,
    pub(crate) at: DateTime<Utc>,
    pub(crate) asked: &'a Asked,
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// Each once. Side by side, as a hash table of them would take twice their memory.
    entries: Vec<Used>,
    /// In the same order, what asking again looks at and changes: it is a cache line each, and a table of what was asked
    /// for fills no cache.
    seen: Vec<Seen>,
    /// Where each is among them, by its hash.
    places: HashTable<u32>,
    weight: usize,
    pub(super) missed: Missed,
    state: DefaultHashBuilder,
}

/// How often a permission was asked for, and when.
#[derive(Debug)]
struct Seen {
    /// Of all that tells it apart ([`Use::hash`]), with a key that this process has made up: that two of the most there
    /// can be are the same is as likely as one in a hundred thousand million.
    hash: u64,
    /// The policies, as they were the last time ([`Layers::print`]).
    layers: u64,
    count: u64,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    /// Whether one of the keys that are kept moves on.
    moving: bool,
}

impl Usage {
    pub(super) fn iter(&self) -> impl Iterator<Item = Used> {
        let all = self.entries.iter().zip(&self.seen);
        all.map(|(used, seen)| Used {
            count: seen.count,
            first: seen.first,
            last: seen.last,
            ..used.clone()
        })
    }

    /// Takes in everything that a request asked for.
    pub(super) fn fold(&mut self, record: &Record) {
        for asked in &record.asked {
            self.note(Use {
                peer: record.head.peer,
                secure: record.head.secure,
                at: record.at,
                asked,
            });
        }
    }

    /// Every request passes here, so what is known already costs little.
    pub(super) fn note(&mut self, one: Use<'_>) {
        let hash = one.hash(&self.state);
        let seen = &self.seen;
        let known = |place: &u32| seen[*place as usize].hash == hash;
        match self.places.find(hash, known) {
            Some(place) => self.again(*place as usize, one),
            None => self.add(hash, one),
        }
    }

    fn again(&mut self, place: usize, one: Use<'_>) {
        let seen = &mut self.seen[place];
        seen.count += 1;
        seen.first = seen.first.min(one.at);
        // Requests that run side by side are not recorded in the order in which they came.
        if one.at < seen.last {
            return;
        }
        seen.last = one.at;
        let layers = one.asked.layers.print(&self.state);
        if layers != seen.layers || seen.moving {
            seen.layers = layers;
            self.entries[place].again(one);
        }
    }

    #[cold]
    fn add(&mut self, hash: u64, one: Use<'_>) {
        let weight = one.weight();
        let place = self.entries.len();
        if place == MOST || self.weight + weight > ROOM {
            return self.missed.one(one.at);
        }
        self.weight += weight;
        let used = one.first();
        self.seen.push(Seen {
            hash,
            layers: one.asked.layers.print(&self.state),
            count: 1,
            first: one.at,
            last: one.at,
            moving: used.context.get(MOVING).is_some(),
        });
        self.entries.push(used);
        let seen = &self.seen;
        let hash_of = |place: &u32| seen[*place as usize].hash;
        self.places.insert_unique(hash, place as u32, hash_of);
    }
}

impl Missed {
    fn one(&mut self, at: DateTime<Utc>) {
        self.count += 1;
        let first = self.between.map_or(at, |(first, _)| first.min(at));
        let last = self.between.map_or(at, |(_, last)| last.max(at));
        self.between = Some((first, last));
    }
}

impl<'a> Use<'a> {
    fn principal(self) -> &'a Principal {
        &self.asked.caller.principal
    }

    /// The keys that are kept.
    fn keys(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let asked = self.asked;
        let wanted = move |key: &str| {
            asked.narrowing.contains(&key) || asked.layers.conditions().any(|one| same(one, key))
        };
        asked.context.iter().filter(move |(key, _)| wanted(key))
    }

    /// Of all that tells it apart from others.
    fn hash(self, state: &DefaultHashBuilder) -> u64 {
        let (asked, layers) = (self.asked, &self.asked.layers);
        let mut hasher = state.build_hasher();
        asked.arn.hash(&mut hasher);
        asked.action.hash(&mut hasher);
        // Sessions of a role are one, unless a policy of the resource can tell them apart.
        let alike = layers.guard.policies.is_empty();
        match self.principal() {
            Principal::Session {
                account, role_id, ..
            } if alike => (role_id, account).hash(&mut hasher),
            other => other.hash(&mut hasher),
        }
        (self.peer, self.secure).hash(&mut hasher);
        (asked.decision.verdict, layers.session.is_some(), alike).hash(&mut hasher);
        for pair in fixed(self.keys()) {
            pair.hash(&mut hasher);
        }
        hasher.finish()
    }

    fn weight(self) -> usize {
        let keys = self.keys().map(|(key, value)| key.len() + value.len());
        size_of::<Used>() + self.asked.arn.len() + keys.sum::<usize>()
    }

    fn first(self) -> Used {
        Used {
            principal: self.principal().clone(),
            action: self.asked.action,
            arn: self.asked.arn.as_str().into(),
            peer: self.peer,
            secure: self.secure,
            context: self.keys().collect(),
            layers: self.asked.layers.clone(),
            decision: self.asked.decision.clone(),
            count: 1,
            first: self.at,
            last: self.at,
        }
    }
}

impl Used {
    /// Takes in what was not the same before.
    #[cold]
    fn again(&mut self, one: Use<'_>) {
        let asked = one.asked;
        self.layers = asked.layers.clone();
        self.decision = asked.decision.clone();
        self.context = one.keys().collect();
    }
}

/// Keys that tell requests apart.
fn fixed<'a>(
    keys: impl Iterator<Item = (&'a str, &'a str)>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    keys.filter(|(key, _)| !same(key, MOVING))
}

/// Keys have no case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests;

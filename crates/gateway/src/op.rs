//! Operations are rows of a table.

use futures_util::future::BoxFuture;

use crate::{Call, Fault, Service};

/// What an operation returns while it runs.
pub type Running<S> = BoxFuture<'static, Result<<S as Service>::Reply, Fault>>;

/// One operation of one service: its name, how it is recognised, what it takes to be allowed, what it does.
pub struct Op<S: Service> {
    /// The API's own name, such as `PutObject`.
    pub name: &'static str,
    /// How it looks on the wire.
    pub route: S::Route,
    /// The permission it needs.
    pub action: Action,
    /// What it does, once allowed.
    pub run: fn(Call<S>) -> Running<S>,
}

impl<S: Service> std::fmt::Debug for Op<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Op")
            .field("name", &self.name)
            .field("route", &self.route)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// The permission that an operation needs on what it is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// None, and no signature either.
    Public,
    /// None, but the request must be signed.
    Signed,
    /// This one.
    One(&'static str),
    /// All of these.
    All(&'static [&'static str]),
    /// This one on each item that the body names: the operation asks [`Call::require`] for every item, and a
    /// request for which nothing was asked fails.
    PerItem(&'static str),
}

impl Action {
    /// The names, for tables and checks.
    pub fn names(&self) -> &[&'static str] {
        match self {
            Self::Public | Self::Signed => &[],
            Self::One(name) | Self::PerItem(name) => std::slice::from_ref(name),
            Self::All(names) => names,
        }
    }
}

//! The three generations of the API: three doors to one model (spec/fc.md §3.1).

use gateway::Head;
use gateway::host::Family;

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// 2016-08-15: functions in services, the qualifier in the path.
    V2016,
    /// 2021-04-06: the same, the qualifier in the query.
    V2021,
    /// 2023-03-30: functions without services (FC 3.0).
    V2023,
}

impl Generation {
    /// Those that have services.
    pub const WITH_SERVICES: &'static [Self] = &[Self::V2016, Self::V2021];
    /// The one that has none.
    pub const FC3: &'static [Self] = &[Self::V2023];

    /// All of them.
    pub const ALL: &'static [Self] = &[Self::V2016, Self::V2021, Self::V2023];

    /// The version as paths begin with it.
    pub fn version(self) -> &'static str {
        match self {
            Self::V2016 => "2016-08-15",
            Self::V2021 => "2021-04-06",
            Self::V2023 => "2023-03-30",
        }
    }

    /// The generation that a path begins with, and what follows without a slash at either end.
    pub(crate) fn split(path: &str) -> Option<(Self, &str)> {
        let path = path.trim_matches('/');
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let generation = Self::ALL.iter().copied().find(|g| g.version() == first)?;
        Some((generation, rest))
    }

    /// The generation whose words a request is answered in. What names none is taken for the newest.
    pub(crate) fn of(head: &Head) -> Self {
        let named = Self::split(&head.path).filter(|_| head.endpoint.family != Family::FcApp);
        named.map_or(Self::V2023, |(generation, _)| generation)
    }

    /// Whether functions lie in services.
    pub fn has_services(self) -> bool {
        self != Self::V2023
    }
}

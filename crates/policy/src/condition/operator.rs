//! The condition operators, one row each. There is no `…IfExists`, no `Null`, no `ForAnyValue:` and no `Arn…`: the
//! official list does not have them (spec §4.2; <https://www.alibabacloud.com/help/en/ram/conditional-operator>).

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, FixedOffset};
use ipnet::IpNet;

use crate::pattern::Pattern;

/// A condition operator: how its values are read, how a value of the request compares with one of them, and which
/// outcomes agree.
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    kind: &'static Kind,
    agrees: fn(Ordering) -> bool,
    /// Holds when no value agrees, instead of when one does.
    pub(crate) negated: bool,
}

/// A family of operators.
struct Kind {
    wants: &'static str,
    read: fn(&str) -> Option<Expected>,
    /// How the request's value lies to the expected one; `None` if it is of another kind. Families without an
    /// order answer `Equal` for a match and `Less` otherwise.
    compare: fn(&Expected, &str) -> Option<Ordering>,
}

/// A value in a policy, prepared.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    Text(Box<str>),
    Pattern(Pattern),
    Number(Number),
    Date(DateTime<FixedOffset>),
    Bool(bool),
    Net(IpNet),
}

const fn row(
    name: &'static str,
    kind: &'static Kind,
    agrees: fn(Ordering) -> bool,
    negated: bool,
) -> Operator {
    Operator {
        name,
        kind,
        agrees,
        negated,
    }
}

const EQ: fn(Ordering) -> bool = Ordering::is_eq;
const LT: fn(Ordering) -> bool = Ordering::is_lt;
const LE: fn(Ordering) -> bool = Ordering::is_le;
const GT: fn(Ordering) -> bool = Ordering::is_gt;
const GE: fn(Ordering) -> bool = Ordering::is_ge;

pub(crate) static ALL: &[Operator] = &[
    row("StringEquals", &TEXT, EQ, false),
    row("StringNotEquals", &TEXT, EQ, true),
    row("StringEqualsIgnoreCase", &FOLDED, EQ, false),
    row("StringNotEqualsIgnoreCase", &FOLDED, EQ, true),
    row("StringLike", &LIKE, EQ, false),
    row("StringNotLike", &LIKE, EQ, true),
    row("NumericEquals", &NUMBER, EQ, false),
    row("NumericNotEquals", &NUMBER, EQ, true),
    row("NumericLessThan", &NUMBER, LT, false),
    row("NumericLessThanEquals", &NUMBER, LE, false),
    row("NumericGreaterThan", &NUMBER, GT, false),
    row("NumericGreaterThanEquals", &NUMBER, GE, false),
    row("DateEquals", &DATE, EQ, false),
    row("DateNotEquals", &DATE, EQ, true),
    row("DateLessThan", &DATE, LT, false),
    row("DateLessThanEquals", &DATE, LE, false),
    row("DateGreaterThan", &DATE, GT, false),
    row("DateGreaterThanEquals", &DATE, GE, false),
    row("Bool", &BOOL, EQ, false),
    row("IpAddress", &NET, EQ, false),
    row("NotIpAddress", &NET, EQ, true),
];

static TEXT: Kind = Kind {
    wants: "a string",
    read: |text| Some(Expected::Text(text.into())),
    compare: |expected, actual| match expected {
        Expected::Text(text) => Some(actual.cmp(text)),
        _ => None,
    },
};

static FOLDED: Kind = Kind {
    wants: "a string",
    read: |text| Some(Expected::Text(text.to_lowercase().into())),
    compare: |expected, actual| match expected {
        Expected::Text(text) => Some(actual.to_lowercase().as_str().cmp(text)),
        _ => None,
    },
};

static LIKE: Kind = Kind {
    wants: "a string",
    read: |text| Some(Expected::Pattern(Pattern::new(text))),
    compare: |expected, actual| match expected {
        Expected::Pattern(pattern) => Some(is(pattern.matches(actual))),
        _ => None,
    },
};

static NUMBER: Kind = Kind {
    wants: "a number",
    read: |text| number(text).map(Expected::Number),
    compare: |expected, actual| match expected {
        Expected::Number(expected) => compare(&number(actual)?, expected),
        _ => None,
    },
};

static DATE: Kind = Kind {
    wants: "a time like 2012-11-11T23:59:59Z",
    read: |text| date(text).map(Expected::Date),
    compare: |expected, actual| match expected {
        Expected::Date(expected) => Some(date(actual)?.cmp(expected)),
        _ => None,
    },
};

static BOOL: Kind = Kind {
    wants: "true or false",
    read: |text| boolean(text).map(Expected::Bool),
    compare: |expected, actual| match expected {
        Expected::Bool(expected) => Some(is(boolean(actual)? == *expected)),
        _ => None,
    },
};

static NET: Kind = Kind {
    wants: "an IP address or a CIDR block",
    read: |text| net(text).map(Expected::Net),
    compare: |expected, actual| match expected {
        // A listener for both families sees IPv4 callers as ::ffff:a.b.c.d.
        Expected::Net(net) => {
            let address: IpAddr = actual.parse().ok()?;
            Some(is(net.contains(&address.to_canonical())))
        }
        _ => None,
    },
};

impl Operator {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|operator| operator.name == name)
    }

    pub(crate) fn wants(&self) -> &'static str {
        self.kind.wants
    }

    pub(crate) fn read(&self, text: &str) -> Option<Expected> {
        (self.kind.read)(text)
    }

    pub(crate) fn agrees(&self, expected: &Expected, actual: &str) -> bool {
        (self.kind.compare)(expected, actual).is_some_and(self.agrees)
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

fn is(same: bool) -> Ordering {
    if same {
        Ordering::Equal
    } else {
        Ordering::Less
    }
}

/// A number that keeps whole numbers exact: sizes and times in nanoseconds are beyond what a float holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    whole: Option<i128>,
    float: f64,
}

fn number(text: &str) -> Option<Number> {
    let float = text.parse().ok().filter(|float: &f64| float.is_finite())?;
    Some(Number {
        whole: text.parse().ok(),
        float,
    })
}

fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.whole, right.whole) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.float.partial_cmp(&right.float),
    }
}

/// ISO 8601 with a `T` and an offset; official samples use `+08:00` next to `Z` (spec §4.2).
fn date(text: &str) -> Option<DateTime<FixedOffset>> {
    let date = DateTime::parse_from_rfc3339(text).ok()?;
    text.contains('T').then_some(date)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn net(text: &str) -> Option<IpNet> {
    match text.parse::<IpAddr>() {
        Ok(address) => Some(address.to_canonical().into()),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_none_comes_from_another_cloud() {
        assert_eq!(ALL.len(), 21);
        for (index, operator) in ALL.iter().enumerate() {
            let first = ALL.iter().position(|other| other.name == operator.name);
            assert_eq!(first, Some(index));
        }
        for foreign in [
            "Null",
            "ArnLike",
            "StringEqualsIfExists",
            "stringequals",
            "BinaryEquals",
        ] {
            assert!(Operator::named(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn every_operator_agrees_with_what_it_says() {
        for (name, expected, actual, agrees) in [
            ("StringEquals", "*", "x", false),
            ("StringEquals", "x", "X", false),
            ("StringEqualsIgnoreCase", "Ä", "ä", true),
            ("StringLike", "a/*", "a/b:c", true),
            ("StringLike", "A/*", "a/b", false),
            ("NumericEquals", "10", "10.0", true),
            (
                "NumericEquals",
                "9007199254740993",
                "9007199254740992",
                false,
            ),
            ("NumericLessThan", "10", "9", true),
            ("NumericLessThan", "10", "10", false),
            ("NumericLessThanEquals", "10", "10", true),
            ("NumericGreaterThan", "-1", "0", true),
            ("NumericGreaterThanEquals", "1e2", "100", true),
            ("NumericGreaterThan", "1", "many", false),
            (
                "DateEquals",
                "2020-01-01T08:00:00+08:00",
                "2020-01-01T00:00:00Z",
                true,
            ),
            (
                "DateLessThan",
                "2020-01-01T00:00:00Z",
                "2019-12-31T23:59:59Z",
                true,
            ),
            (
                "DateLessThanEquals",
                "2020-01-01T00:00:00Z",
                "2020-01-01T00:00:00Z",
                true,
            ),
            (
                "DateGreaterThan",
                "2020-01-01T00:00:00Z",
                "2020-01-01T00:00:00Z",
                false,
            ),
            (
                "DateGreaterThanEquals",
                "2020-01-01T00:00:00Z",
                "yesterday",
                false,
            ),
            ("Bool", "true", "True", true),
            ("Bool", "false", "true", false),
            ("IpAddress", "10.0.0.0/8", "10.1.2.3", true),
            ("IpAddress", "10.0.0.1/8", "10.1.2.3", true),
            ("IpAddress", "10.0.0.1", "10.0.0.2", false),
            ("IpAddress", "10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("IpAddress", "2001:db8::/32", "2001:db8::1", true),
            ("IpAddress", "2001:db8::/32", "10.0.0.1", false),
            ("IpAddress", "0.0.0.0/0", "not an address", false),
        ] {
            let operator = Operator::named(name).unwrap();
            let value = operator.read(expected).unwrap();
            assert_eq!(
                operator.agrees(&value, actual),
                agrees,
                "{name} {expected} {actual}"
            );
        }
    }

    #[test]
    fn values_of_the_wrong_kind_are_refused() {
        for (name, value) in [
            ("NumericEquals", "ten"),
            ("NumericEquals", "NaN"),
            ("NumericEquals", "inf"),
            ("DateEquals", "2020-01-01"),
            ("DateEquals", "2020-01-01 00:00:00Z"),
            ("Bool", "yes"),
            ("IpAddress", "10.0.0.0/33"),
            ("NotIpAddress", "*"),
        ] {
            assert!(
                Operator::named(name).unwrap().read(value).is_none(),
                "{value}"
            );
        }
    }
}

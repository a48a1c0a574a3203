//! The ways in which clients write a point in time.

use chrono::{DateTime, NaiveDate, Utc};

/// `Tue, 20 Dec 2022 08:48:18 GMT`, the form of the `Date` header.
pub(crate) fn rfc1123(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|time| time.to_utc())
}

/// `20221220T084818Z`, the form of `x-oss-date`.
pub(crate) fn iso_basic(text: &str) -> Option<DateTime<Utc>> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let date = compact_date(date)?;
    let time = Some(time).filter(|time| time.len() == 6)?;
    at(
        date,
        number(time, 0, 2)?,
        number(time, 2, 4)?,
        number(time, 4, 6)?,
    )
}

/// `20221220`, the form of a credential scope.
pub(crate) fn compact_date(text: &str) -> Option<NaiveDate> {
    let text = Some(text).filter(|text| text.len() == 8)?;
    let year = i32::try_from(number(text, 0, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(text, 4, 6)?, number(text, 6, 8)?)
}

/// `2015-08-18T03:15:45Z` with an optional fraction of a second, the form of `Timestamp` and `x-acs-date`.
pub(crate) fn iso_extended(text: &str) -> Option<DateTime<Utc>> {
    let well_formed =
        text.len() >= 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    DateTime::parse_from_rfc3339(text)
        .ok()
        .filter(|_| well_formed)
        .map(|time| time.to_utc())
}

fn at(date: NaiveDate, hour: u32, minute: u32, second: u32) -> Option<DateTime<Utc>> {
    Some(date.and_hms_opt(hour, minute, second)?.and_utc())
}

fn number(text: &str, from: usize, to: usize) -> Option<u32> {
    let digits = text.get(from..to)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(time: Option<DateTime<Utc>>) -> Option<i64> {
        time.map(|time| time.timestamp())
    }

    #[test]
    fn every_form_means_the_same_instant() {
        let expected = Some(1_671_526_098);
        assert_eq!(seconds(rfc1123("Tue, 20 Dec 2022 08:48:18 GMT")), expected);
        assert_eq!(seconds(iso_basic("20221220T084818Z")), expected);
        assert_eq!(seconds(iso_extended("2022-12-20T08:48:18Z")), expected);
        assert_eq!(seconds(iso_extended("2022-12-20T08:48:18.724Z")), expected);
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            "Z",
            "20221220",
            "20221220T084818",
            "2022122T0084818Z",
            "20221320T084818Z",
            "+0221220T084818Z",
        ] {
            assert_eq!(iso_basic(text), None, "{text}");
        }
        for text in [
            "2022-12-20 08:48:18Z",
            "2022-12-20T08:48:18",
            "2022-12-20T08:48:18+08:00",
            "x",
        ] {
            assert_eq!(iso_extended(text), None, "{text}");
        }
        for text in ["", "2022-12-20", "Wed, 20 Dec 2022 08:48:18 GMT"] {
            assert_eq!(rfc1123(text), None, "{text}");
        }
        assert_eq!(compact_date("2022-12-20"), None);
        assert_eq!(compact_date("20220231"), None);
    }
}

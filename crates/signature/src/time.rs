//! The ways in which clients write a point in time.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// `Tue, 20 Dec 2022 08:48:18 GMT`, the form of the `Date` header.
pub(crate) fn rfc1123(text: &str) -> Option<DateTime<Utc>> {
    if let Some(time) = fixed(text) {
        return Some(time);
    }
    DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|time| time.to_utc())
}

/// The form that nearly everybody sends, letter by letter; anything else is left to the parser that knows all forms.
fn fixed(text: &str) -> Option<DateTime<Utc>> {
    const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let text: &[u8; 29] = text.as_bytes().try_into().ok()?;
    let [
        w0,
        w1,
        w2,
        b',',
        b' ',
        d0,
        d1,
        b' ',
        m0,
        m1,
        m2,
        b' ',
        y0,
        y1,
        y2,
        y3,
        rest @ ..,
    ] = text
    else {
        return None;
    };
    let [
        b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b' ',
        b'G',
        b'M',
        b'T',
    ] = rest
    else {
        return None;
    };
    let month = month(&[*m0, *m1, *m2])?;
    let year = 100 * pair(*y0, *y1)? + pair(*y2, *y3)?;
    let year = i32::try_from(year).ok()?;
    let date = NaiveDate::from_ymd_opt(year, month, pair(*d0, *d1)?)?;
    let day = DAYS.get(date.weekday().num_days_from_monday() as usize)?;
    let named = *day == &[*w0, *w1, *w2];
    let time = at(date, pair(*h0, *h1)?, pair(*n0, *n1)?, pair(*s0, *s1)?);
    time.filter(|_| named)
}

fn month(name: &[u8; 3]) -> Option<u32> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

fn pair(tens: u8, ones: u8) -> Option<u32> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    Some(10 * digit(tens)? + digit(ones)?)
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
    fn the_usual_form_is_read_as_the_parser_reads_it() {
        for text in [
            "Tue, 20 Dec 2022 08:48:18 GMT",
            "Thu, 29 Feb 2024 23:59:59 GMT",
            "Sun, 01 Mar 1970 00:00:00 GMT",
            "tue, 20 dec 2022 08:48:18 GMT",
            "Tue, 20 Dec 2022 08:48:60 GMT",
            "Tue, 20 Dec 2022 24:00:00 GMT",
            "Wed, 20 Dec 2022 08:48:18 GMT",
            "Tue, 20 anF 2022 08:48:18 GMT",
            "Tue, 31 Feb 2023 08:48:18 GMT",
            "Tue, 20 Dec 2022 08:48:1x GMT",
        ] {
            let parsed = DateTime::parse_from_rfc2822(text).ok();
            assert_eq!(rfc1123(text), parsed.map(|time| time.to_utc()), "{text}");
        }
        assert!(fixed("Tue, 20 Dec 2022 08:48:18 GMT").is_some());
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

//! Times as OSS writes and reads them.

use std::cell::RefCell;

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use http::HeaderValue;

const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// `Tue, 15 Jan 2019 02:03:04 GMT`, as in `Date` and `Last-Modified`. Written by hand: every response has one.
pub(crate) fn http_date(at: DateTime<Utc>) -> [u8; 29] {
    // Asked for its parts, a time with a zone works out the local one for each.
    let at = at.naive_utc();
    let mut text = *b"Xxx, 00 Xxx 0000 00:00:00 GMT";
    let day = DAYS[at.weekday().num_days_from_monday() as usize];
    text[..3].copy_from_slice(day);
    two_digits(&mut text[5..7], at.day());
    text[8..11].copy_from_slice(MONTHS[at.month0() as usize]);
    let year = u32::try_from(at.year()).unwrap_or(0) % 10_000;
    two_digits(&mut text[12..14], year / 100);
    two_digits(&mut text[14..16], year % 100);
    two_digits(&mut text[17..19], at.hour());
    two_digits(&mut text[20..22], at.minute());
    two_digits(&mut text[23..25], at.second());
    text
}

thread_local! {
    /// The value of `Date` that a thread gave out last, and the second that it is of.
    static LAST_DATE: RefCell<(i64, HeaderValue)> = const { RefCell::new((i64::MIN, HeaderValue::from_static(""))) };
}

/// The value of `Date`: every response has one, and those of one second the same.
pub(crate) fn date(at: DateTime<Utc>) -> HeaderValue {
    LAST_DATE.with_borrow_mut(|(second, value)| {
        if *second != at.timestamp() {
            *second = at.timestamp();
            *value = HeaderValue::from_bytes(&http_date(at))
                .unwrap_or_else(|_| HeaderValue::from_static(""));
        }
        value.clone()
    })
}

fn two_digits(into: &mut [u8], n: u32) {
    into.copy_from_slice(&[b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8]);
}

/// `2019-01-15T02:03:04.000Z`, as in XML bodies: whole seconds, written with a fraction. By hand too: a listing has
/// a thousand of them.
pub(crate) fn iso(at: DateTime<Utc>) -> String {
    let at = at.naive_utc();
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let year = u32::try_from(at.year()).unwrap_or(0) % 10_000;
    two_digits(&mut text[0..2], year / 100);
    two_digits(&mut text[2..4], year % 100);
    two_digits(&mut text[5..7], at.month());
    two_digits(&mut text[8..10], at.day());
    two_digits(&mut text[11..13], at.hour());
    two_digits(&mut text[14..16], at.minute());
    two_digits(&mut text[17..19], at.second());
    text.iter().copied().map(char::from).collect()
}

/// A time from milliseconds since 1970, as rows keep it.
pub(crate) fn from_millis(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// A date in a condition header, in seconds since 1970: the forms of RFC 9110 §5.6.7, and ISO 8601.
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc2822(text).or_else(|_| DateTime::parse_from_rfc3339(text));
    if let Ok(at) = zoned {
        return Some(at.timestamp());
    }
    let obsolete = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let parse = |form| NaiveDateTime::parse_from_str(text, form).ok();
    let at = obsolete.into_iter().find_map(parse)?;
    Some(at.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_wants_them() {
        for text in [
            "Tue, 15 Jan 2019 02:03:04 GMT",
            "Sun, 29 Feb 2032 23:59:59 GMT",
        ] {
            let at = DateTime::parse_from_rfc2822(text).unwrap().to_utc();
            assert_eq!(&http_date(at), text.as_bytes());
            assert_eq!(date(at), text);
        }
    }

    #[test]
    fn iso_times_have_whole_seconds() {
        let at = "2019-01-15T02:03:04.567Z".parse().unwrap();
        assert_eq!(iso(at), "2019-01-15T02:03:04.000Z");
    }

    #[test]
    fn every_form_of_a_date_is_read() {
        let expected = Some(784_111_777);
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(parse_http_date(text), expected, "{text}");
        }
        assert_eq!(parse_http_date("yesterday"), None);
    }
}

//! The time in front of a line.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// How much of a time does not change within a second.
const SECOND: usize = 19;
const ZONE: &[u8] = b"+00:00";

/// Writes times in RFC 3339, with as many groups of three digits behind the second as it takes. Keeps the last second:
/// there are many lines in one.
#[derive(Debug)]
pub(super) struct Stamp {
    second: Option<i64>,
    text: [u8; 35],
}

impl Default for Stamp {
    fn default() -> Self {
        Self {
            second: None,
            text: *b"0000-00-00T00:00:00.000000000+00:00",
        }
    }
}

impl Stamp {
    /// The text of a time.
    pub(super) fn of(&mut self, at: DateTime<Utc>) -> &[u8] {
        if self.second.replace(at.timestamp()) != Some(at.timestamp()) {
            self.turn_to(at);
        }
        let nanos = at.timestamp_subsec_nanos() % 1_000_000_000;
        self.text[SECOND] = b'.';
        write_digits(&mut self.text[SECOND + 1..SECOND + 10], nanos);
        let fraction = match nanos {
            0 => 0,
            _ if nanos.is_multiple_of(1_000_000) => 4,
            _ if nanos.is_multiple_of(1_000) => 7,
            _ => 10,
        };
        let end = SECOND + fraction + ZONE.len();
        self.text[SECOND + fraction..end].copy_from_slice(ZONE);
        &self.text[..end]
    }

    fn turn_to(&mut self, at: DateTime<Utc>) {
        let year = at.year().unsigned_abs();
        let parts = [
            (0, 4, year),
            (5, 2, at.month()),
            (8, 2, at.day()),
            (11, 2, at.hour()),
            (14, 2, at.minute()),
            (17, 2, at.second()),
        ];
        for (start, width, number) in parts {
            write_digits(&mut self.text[start..start + width], number);
        }
    }
}

fn write_digits(into: &mut [u8], mut number: u32) {
    for digit in into.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        let mut stamp = Stamp::default();
        for text in [
            "2026-11-25T16:18:11.504538734+00:00",
            "2026-11-25T16:18:11+00:00",
            "2026-11-25T16:18:11.504538+00:00",
            "2026-01-02T03:04:05.000001+00:00",
            "2026-01-02T03:04:05.120+00:00",
            "2026-01-02T03:04:05+00:00",
            "2026-01-02T03:04:06+00:00",
        ] {
            let at: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(stamp.of(at), text.as_bytes());
            assert_eq!(text, at.to_rfc3339());
        }
    }
}

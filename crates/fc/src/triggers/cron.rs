//! When a timer fires: `@every 5m`, or six fields, with `CRON_TZ=<zone>` before them (spec/fc.md §3.7).
//! <https://help.aliyun.com/zh/functioncompute/fc/user-guide/time-triggers>
//!
//! What may be said is the vendor's table; what it means is left to `croner`, which sees days as every other cron does:
//! where days of the month and of the week are both given, either will do.

use std::str::FromStr;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;

use crate::zone;

/// A field, with the least and the most that it may say, and the special characters that it may have.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    special: &'static str,
}

const FIELDS: [Field; 6] = [
    field("seconds", 0, 59, ""),
    field("minutes", 0, 59, ",-*/"),
    field("hours", 0, 23, ",-*/"),
    field("day of the month", 1, 31, ",-*?/"),
    field("month", 1, 12, ",-*/"),
    // 0 is Sunday as well, although the table begins with 1.
    field("day of the week", 0, 7, ",-*?"),
];

const fn field(name: &'static str, least: u32, most: u32, special: &'static str) -> Field {
    Field {
        name,
        least,
        most,
        special,
    }
}

const SPECIAL: [char; 5] = [',', '-', '*', '?', '/'];

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// When a timer fires.
#[derive(Debug)]
pub(crate) enum Schedule {
    /// Again and again after this time.
    Every(TimeDelta),
    /// At times of a calendar.
    Calendar(Box<Cron>, TimeZone),
}

impl FromStr for Schedule {
    type Err = String;

    /// The error says what is wrong.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(every) = text.strip_prefix("@every ") {
            return read_every(every.trim()).map(Self::Every);
        }
        let (name, fields) = match text.strip_prefix("CRON_TZ=") {
            Some(rest) => rest
                .split_once(' ')
                .ok_or("there is nothing behind the zone")?,
            None => ("UTC", text),
        };
        let zone = zone::find(name).ok_or_else(|| format!("there is no time zone '{name}'"))?;
        Self::calendar(fields, zone)
    }
}

impl Schedule {
    /// Six fields, on the clocks of a zone. The error says what is wrong.
    pub(crate) fn calendar(fields: &str, zone: TimeZone) -> Result<Self, String> {
        let fields = fields.to_ascii_uppercase();
        check(&fields)?;
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Disallowed)
            // `5/10` is from 5 on.
            .sloppy_ranges(true)
            .build();
        let cron = parser.parse(&fields).map_err(|e| e.to_string())?;
        Ok(Self::Calendar(cron.into(), zone))
    }

    /// The first time after `after`, of a timer that was set at `since`; `None` if there is none.
    pub(crate) fn next(&self, since: DateTime<Utc>, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Every(period) => {
                let turns = whole(after - since, *period);
                nth(since, *period, (turns + 1).max(1))
            }
            Self::Calendar(cron, zone) => {
                let after = zone::local(after, zone)?;
                let next = cron.find_next_occurrence(&after, false).ok()?;
                zone::universal(&next)
            }
        }
    }

    /// The last times that came after `after` and not after `until`, in order: no more than `most`.
    pub(crate) fn passed(
        &self,
        since: DateTime<Utc>,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
        most: usize,
    ) -> Vec<DateTime<Utc>> {
        let mut times: Vec<_> = match self {
            Self::Every(period) => {
                let turns = (1..=whole(until - since, *period)).rev();
                let times = turns.map_while(|turn| nth(since, *period, turn));
                times.take_while(|at| *at > after).take(most).collect()
            }
            Self::Calendar(cron, zone) => {
                let mut from = zone::local(until.trunc_subsecs(0), zone);
                let mut inclusive = true;
                let before = || {
                    let found = cron.find_previous_occurrence(from.as_ref()?, inclusive);
                    (from, inclusive) = (found.ok(), false);
                    zone::universal(from.as_ref()?)
                };
                let times = std::iter::from_fn(before);
                times.take_while(|at| *at > after).take(most).collect()
            }
        };
        times.reverse();
        times
    }
}

/// How often a period fits into a time. Negative times have none.
fn whole(time: TimeDelta, period: TimeDelta) -> i64 {
    time.num_seconds().max(0) / period.num_seconds()
}

fn nth(since: DateTime<Utc>, period: TimeDelta, turn: i64) -> Option<DateTime<Utc>> {
    let seconds = period.num_seconds().checked_mul(turn)?;
    since.checked_add_signed(TimeDelta::try_seconds(seconds)?)
}

/// A number and a unit; a minute at least.
fn read_every(text: &str) -> Result<TimeDelta, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text[..text.len() - unit.len()].parse::<i64>().unwrap_or(0);
    let period = match unit {
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        _ => None,
    };
    let period = period.filter(|period| *period > TimeDelta::zero());
    period.ok_or_else(|| "behind @every comes a number of minutes or hours, such as 5m".to_owned())
}

fn check(fields: &str) -> Result<(), String> {
    let given: Vec<&str> = fields.split_whitespace().collect();
    if given.len() != FIELDS.len() {
        return Err(format!("it has {} fields and not 6", given.len()));
    }
    for (text, field) in given.iter().zip(&FIELDS) {
        let Field {
            name,
            least,
            most,
            special,
        } = field;
        let strange = |c: &char| SPECIAL.contains(c) && !special.contains(*c);
        if let Some(strange) = text.chars().find(strange) {
            return Err(format!(
                "'{text}' has a '{strange}', which {name} cannot have"
            ));
        }
        for part in text.split(',') {
            check_part(part, field)
                .ok_or_else(|| format!("'{part}' is no {name} between {least} and {most}"))?;
        }
    }
    Ok(())
}

/// `*`, `?`, a value or a range, each with or without a step.
fn check_part(part: &str, field: &Field) -> Option<()> {
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let step = number(step)?;
    if step == 0 || step > field.most {
        return None;
    }
    if matches!(range, "*" | "?") {
        return Some(());
    }
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let from = value(from, field)?;
    let to = match to {
        // A week that ends on a Sunday.
        "SUN" if from > 0 => 7,
        to => value(to, field)?,
    };
    (field.least <= from && from <= to && to <= field.most).then_some(())
}

fn value(text: &str, field: &Field) -> Option<u32> {
    let names: &[&str] = match (field.least, field.most) {
        (1, 12) => &MONTHS,
        (0, 7) => &DAYS,
        _ => &[],
    };
    let named = names.iter().position(|name| *name == text);
    let named = named.and_then(|at| u32::try_from(at).ok());
    named.map(|at| at + field.least).or_else(|| number(text))
}

/// Two digits at most, and nothing else.
fn number(text: &str) -> Option<u32> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests;

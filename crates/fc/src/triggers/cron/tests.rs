use std::collections::BTreeSet;

use chrono::TimeZone as _;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn read(text: &str) -> Schedule {
    text.parse().unwrap()
}

#[test]
fn expressions_that_can_be_read() {
    for text in [
        "@every 5m",
        "@every 1h",
        "0 0 4 * * *",
        "0 0/15 8-18 ? * MON-FRI",
        "0 0 0 ? * mon-sun",
        "0 0 0 ? * 1,3-5,SUN",
        "59 59 23 31 12 7",
        "CRON_TZ=Asia/Shanghai 0 0 4 1,15 JAN *",
    ] {
        assert!(text.parse::<Schedule>().is_ok(), "{text}");
    }
}

#[test]
fn expressions_that_cannot() {
    for text in [
        "",
        "@every",
        "@every m",
        "@every 0m",
        "@every 5x",
        "@every 99999999999999999999m",
        "@every 9223372036854775807h",
        "0 0 4 * *",
        "60 * * * * *",
        "* * * * * *",
        "*/5 * * * * *",
        "0,30 * * * * *",
        "0 ? * * * *",
        "0 0 24 * * *",
        "0 0 4 0 * *",
        "0 0 4 * 13 *",
        "0 0 4 * * FOO",
        "0 0 4 * * */2",
        "0 0 4 L * *",
        "0 0 4 15W * *",
        "0 0 4 * * 5#2",
        "0 0 4 * * +1",
        "0 5-1 * * * *",
        "0 */0 * * * *",
        "0 */60 * * * *",
        "CRON_TZ=UTC",
        "CRON_TZ=Mars/Olympus 0 0 4 * * *",
    ] {
        assert!(text.parse::<Schedule>().is_err(), "{text}");
    }
}

/// Expressions, times, and the first time after them.
const NEXT: [[&str; 3]; 13] = [
    [
        "0 0 4 * * *",
        "2026-01-01T04:00:00Z",
        "2026-01-02T04:00:00Z",
    ],
    [
        "0 0 4 * * *",
        "2026-01-01T03:59:59.999Z",
        "2026-01-01T04:00:00Z",
    ],
    [
        "CRON_TZ=Asia/Shanghai 0 0 4 * * *",
        "2026-01-01T00:00:00Z",
        "2026-01-01T20:00:00Z",
    ],
    [
        "0 5/20 * ? * *",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:05:00Z",
    ],
    [
        "0 5/20 * ? * *",
        "2026-01-01T00:45:00Z",
        "2026-01-01T01:05:00Z",
    ],
    // A Thursday.
    [
        "30 0 0 ? * SUN",
        "2026-01-01T00:00:00Z",
        "2026-01-04T00:00:30Z",
    ],
    [
        "30 0 0 ? * 7",
        "2026-01-01T00:00:00Z",
        "2026-01-04T00:00:30Z",
    ],
    [
        "30 0 0 ? * 0",
        "2026-01-01T00:00:00Z",
        "2026-01-04T00:00:30Z",
    ],
    [
        "30 0 0 ? * 1",
        "2026-01-01T00:00:00Z",
        "2026-01-05T00:00:30Z",
    ],
    [
        "30 0 0 ? * SAT-SUN",
        "2026-01-04T12:00:00Z",
        "2026-01-10T00:00:30Z",
    ],
    [
        "0 0 0 29 FEB ?",
        "2026-01-01T00:00:00Z",
        "2028-02-29T00:00:00Z",
    ],
    // Either day will do.
    [
        "0 0 0 13 * FRI",
        "2026-01-01T00:00:00Z",
        "2026-01-02T00:00:00Z",
    ],
    [
        "0 0 0 13 * FRI",
        "2026-01-09T00:00:00Z",
        "2026-01-13T00:00:00Z",
    ],
];

#[test]
fn times_of_the_calendar() {
    let next = |expression, after| read(expression).next(DateTime::UNIX_EPOCH, at(after));
    for [expression, after, expected] in NEXT {
        assert_eq!(
            next(expression, after),
            Some(at(expected)),
            "{expression} after {after}"
        );
    }
    assert_eq!(next("0 0 0 30 2 ?", "2026-01-01T00:00:00Z"), None);
}

#[test]
fn hours_that_do_not_exist_and_hours_that_come_twice() {
    let daily = read("CRON_TZ=America/New_York 0 30 2 * * *");
    let before = at("2026-03-07T12:00:00Z");
    let skipped = daily.next(before, before);
    assert_eq!(
        skipped,
        Some(at("2026-03-08T07:00:00Z")),
        "at once, when there is no 2:30"
    );
    let daily = read("CRON_TZ=America/New_York 0 30 1 * * *");
    let (from, to) = (at("2026-11-01T00:00:00Z"), at("2026-11-02T00:00:00Z"));
    assert_eq!(
        daily.passed(from, from, to, 9).len(),
        1,
        "once, when 1:30 comes twice"
    );
}

#[test]
fn periods_count_from_when_the_timer_was_set() {
    let every = read("@every 5m");
    let since = at("2026-01-01T00:01:30Z");
    let next = |after: &str| every.next(since, at(after)).unwrap();
    assert_eq!(next("2026-01-01T00:01:30Z"), at("2026-01-01T00:06:30Z"));
    assert_eq!(next("2026-01-01T00:06:29.9Z"), at("2026-01-01T00:06:30Z"));
    assert_eq!(next("2026-01-01T00:06:30Z"), at("2026-01-01T00:11:30Z"));
    assert_eq!(next("2025-01-01T00:00:00Z"), at("2026-01-01T00:06:30Z"));
    let passed = every.passed(
        since,
        at("2026-01-01T00:06:30Z"),
        at("2026-01-01T00:16:30Z"),
        9,
    );
    assert_eq!(
        passed,
        [at("2026-01-01T00:11:30Z"), at("2026-01-01T00:16:30Z")]
    );
    let last = every.passed(since, since, at("2027-01-01T00:00:00Z"), 2);
    assert_eq!(
        last,
        [at("2026-12-31T23:51:30Z"), at("2026-12-31T23:56:30Z")]
    );
    assert!(every.passed(since, since, since, 9).is_empty());
}

/// A field as text, and the values that it has.
fn any_field(least: u32, most: u32, any: &'static str) -> BoxedStrategy<(String, BTreeSet<u32>)> {
    let all: BTreeSet<u32> = (least..=most).collect();
    let every = all.clone();
    prop_oneof![
        Just((any.to_owned(), all)),
        proptest::collection::btree_set(least..=most, 1..4).prop_map(|set| {
            let texts: Vec<String> = set.iter().map(u32::to_string).collect();
            (texts.join(","), set)
        }),
        (least..=most, least..=most).prop_map(|(a, b)| {
            let (from, to) = (a.min(b), a.max(b));
            (format!("{from}-{to}"), (from..=to).collect())
        }),
        (least..=most, 1..=most).prop_map(move |(from, step)| {
            let set = every.range(from..).step_by(step as usize).copied();
            (format!("{from}/{step}"), set.collect())
        }),
    ]
    .boxed()
}

/// An expression, with what it means.
#[derive(Debug)]
struct Model {
    text: String,
    zone: TimeZone,
    second: u8,
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: BTreeSet<u32>,
    months: BTreeSet<u32>,
    weekdays: BTreeSet<u32>,
    /// Whether one kind of day is left open.
    open: bool,
}

impl Model {
    fn is_at(&self, time: DateTime<Utc>) -> bool {
        let local = zone::local(time, &self.zone).unwrap();
        let within = |set: &BTreeSet<u32>, value: i8| set.contains(&value.unsigned_abs().into());
        let day = within(&self.days, local.day());
        let weekday = within(&self.weekdays, local.weekday().to_sunday_zero_offset());
        let days = match self.open {
            true => day && weekday,
            false => day || weekday,
        };
        days && local.second().unsigned_abs() == self.second
            && within(&self.minutes, local.minute())
            && within(&self.hours, local.hour())
            && within(&self.months, local.month())
    }
}

fn any_model() -> impl Strategy<Value = Model> {
    let zones = prop_oneof![
        Just("UTC"),
        Just("Asia/Shanghai"),
        Just("Asia/Kolkata"),
        Just("Pacific/Apia")
    ];
    // A step is not for days of the week.
    let weekdays = prop_oneof![
        Just(("?".to_owned(), (0..7).collect::<BTreeSet<u32>>())),
        (1..7u32).prop_map(|day| (day.to_string(), BTreeSet::from([day]))),
        (1..7u32).prop_map(|day| (format!("{day}-7"), (day..=7).map(|d| d % 7).collect())),
    ];
    let fields = (
        zones,
        0..60u8,
        any_field(0, 59, "*"),
        any_field(0, 23, "*"),
        any_field(1, 31, "?"),
        any_field(1, 12, "*"),
        weekdays,
    );
    fields.prop_map(
        |(zone, second, minutes, hours, days, months, weekdays)| Model {
            text: format!(
                "CRON_TZ={zone} {second} {} {} {} {} {}",
                minutes.0, hours.0, days.0, months.0, weekdays.0
            ),
            zone: zone::find(zone).unwrap(),
            second,
            open: days.0 == "?" || weekdays.0 == "?",
            minutes: minutes.1,
            hours: hours.1,
            days: days.1,
            months: months.1,
            weekdays: weekdays.1,
        },
    )
}

/// How far a scan goes, in minutes.
const FAR: i64 = 40 * 24 * 60;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_scan_of_every_minute_finds_the_same(
        model in any_model(), start in 1_577_836_800i64..1_893_456_000, millis in 0..1000u32,
    ) {
        let schedule = read(&model.text);
        let after = Utc.timestamp_opt(start, millis * 1_000_000).unwrap();
        let minute = start - start.rem_euclid(60) + i64::from(model.second);
        let minutes = (0..FAR).map(|n| Utc.timestamp_opt(minute + n * 60, 0).unwrap());
        let scanned: Vec<_> = minutes.filter(|at| *at > after && model.is_at(*at)).collect();
        let until = Utc.timestamp_opt(minute + (FAR - 1) * 60, millis * 1_000_000).unwrap();
        let next = schedule.next(after, after);
        match scanned.first() {
            Some(first) => prop_assert_eq!(next, Some(*first)),
            None => prop_assert!(next.is_none_or(|next| next > until)),
        }
        let passed = schedule.passed(after, after, until, usize::MAX);
        prop_assert_eq!(&passed, &scanned);
        let some = schedule.passed(after, after, until, 3);
        prop_assert_eq!(&some[..], &scanned[scanned.len().saturating_sub(3)..]);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(@every |CRON_TZ=)?[0-9*/,?a-zA-Zä -]{0,30}") {
        let _ = text.parse::<Schedule>();
    }
}

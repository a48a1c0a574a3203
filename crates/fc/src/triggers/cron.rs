//! When a timer fires: `@every 5m`, or six fields, with `CRON_TZ=<zone>` before them (spec/fc.md §3.7).

/// The fields, with the least and the most that each may say.
const FIELDS: [(&str, u32, u32); 6] = [
    ("seconds", 0, 59),
    ("minutes", 0, 59),
    ("hours", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
];

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Whether an expression can be read. The error says what is wrong.
pub(super) fn check(text: &str) -> Result<(), String> {
    if let Some(every) = text.strip_prefix("@every ") {
        return check_every(every.trim());
    }
    let fields = match text.strip_prefix("CRON_TZ=") {
        Some(rest) => {
            rest.split_once(' ')
                .ok_or("there is nothing behind the zone")?
                .1
        }
        None => text,
    };
    let given: Vec<&str> = fields.split_whitespace().collect();
    if given.len() != FIELDS.len() {
        return Err(format!("it has {} fields and not 6", given.len()));
    }
    for (text, (name, least, most)) in given.iter().zip(FIELDS) {
        for part in text.split(',') {
            check_part(part, least, most)
                .ok_or_else(|| format!("'{part}' is no {name} between {least} and {most}"))?;
        }
    }
    Ok(())
}

/// A number and a unit; a minute at least.
fn check_every(text: &str) -> Result<(), String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().unwrap_or(0);
    match (number, unit) {
        (1.., "m" | "h") => Ok(()),
        _ => Err("behind @every comes a number of minutes or hours, such as 5m".to_owned()),
    }
}

/// `*`, `?`, a value or a range, each with or without a step.
fn check_part(part: &str, least: u32, most: u32) -> Option<()> {
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    if step.parse::<u32>().ok()? == 0 {
        return None;
    }
    if matches!(range, "*" | "?") {
        return Some(());
    }
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let value = |text: &str| {
        let upper = text.to_ascii_uppercase();
        let names: &[&str] = match (least, most) {
            (1, 12) => &MONTHS,
            (0, 7) => &DAYS,
            _ => &[],
        };
        let named = names.iter().position(|name| *name == upper);
        let named = named
            .and_then(|at| u32::try_from(at).ok())
            .map(|at| at + least);
        named.or_else(|| text.parse().ok())
    };
    let (from, to) = (value(from)?, value(to)?);
    (least <= from && from <= to && to <= most).then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_that_can_be_read() {
        for text in [
            "@every 5m",
            "@every 1h",
            "0 0 4 * * *",
            "0 0/15 8-18 ? * MON-FRI",
            "CRON_TZ=Asia/Shanghai 0 0 4 1,15 JAN *",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
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
            "0 0 4 * *",
            "60 * * * * *",
            "0 0 24 * * *",
            "0 0 4 0 * *",
            "0 0 4 * 13 *",
            "0 0 4 * * FOO",
            "0 5-1 * * * *",
            "*/0 * * * * *",
            "CRON_TZ=UTC",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(@every |CRON_TZ=)?[0-9*/,?a-zA-Zä -]{0,30}") {
            let _ = check(&text);
        }
    }
}

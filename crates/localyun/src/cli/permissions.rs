//! `localyun permissions`.

mod generate;
mod replay;
mod test;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};

use super::{Failure, print};

/// Test permissions that a file declares, or make a policy of those that were used
#[derive(Debug, Args)]
pub(super) struct Permissions {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Test(test::Test),
    Generate(generate::Generate),
    Replay(replay::Replay),
}

impl Permissions {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.what {
            What::Test(test) => test.run(),
            What::Generate(generate) => generate.run(),
            What::Replay(replay) => replay.run(),
        }
    }
}

/// A time such as 2026-01-02T03:04:05Z, or how long ago: 90s, 10m, 2h, 1d.
fn since(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let wrong = || {
        format!(
            "`{text}` is neither a time such as 2026-01-02T03:04:05Z nor how long ago, such as 90s, 10m, 2h or 1d"
        )
    };
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let ago = TimeDelta::seconds(i64::from(number) * seconds);
    let now = gateway::Clock::system().wall();
    now.checked_sub_signed(ago).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_durations() {
        let time = "2026-01-02T03:04:05Z".parse().ok();
        assert_eq!(since("2026-01-02T03:04:05Z").ok(), time);
        assert_eq!(since("2026-01-02T04:04:05+01:00").ok(), time);
        assert!(since("2h").unwrap() < since("10m").unwrap());
        for wrong in ["", "m", "10", "-1m", "1w", "1.5h", "yesterday", "10\u{e9}"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}

//! Where the program's own log goes: standard error, one line an event.

mod lines;
mod plain;

use std::io::IsTerminal;

use gateway::Clock;
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::fmt::format::{Format, JsonFields};
use tracing_subscriber::fmt::time::ChronoUtc;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub(crate) use lines::Flush;
use lines::Lines;
use plain::Plain;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging at the levels of `filter`, such as `info` or `warn,gateway=info`. Lines are written a few
/// milliseconds late; the last of them when the value that this returns is dropped.
pub(crate) fn start(format: LogFormat, filter: &str) -> Result<Flush, String> {
    let targets = targets(filter).map_err(|e| {
        format!("`{filter}` is not a log filter such as `info` or `warn,oss=debug`: {e}")
    })?;
    let (lines, flush) = Lines::start().map_err(|e| format!("cannot start logging: {e}"))?;
    let filtered = tracing_subscriber::registry().with(targets);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines)
        .with_ansi(std::io::stderr().is_terminal());
    let full = Format::default()
        .with_target(false)
        .with_timer(ChronoUtc::rfc_3339());
    let started = match format {
        LogFormat::Text => {
            let clock = Clock::system();
            let layer = layer.event_format(Plain { clock, full });
            filtered.with(layer).try_init()
        }
        LogFormat::Json => {
            let layer = layer.event_format(full.json().flatten_event(true));
            let layer = layer.fmt_fields(JsonFields::new());
            filtered.with(layer).try_init()
        }
    };
    started.map_err(|e| format!("cannot start logging: {e}"))?;
    Ok(flush)
}

/// What a filter lets through: errors, if it says nothing.
fn targets(filter: &str) -> Result<Targets, ParseError> {
    let parts: Vec<_> = filter.split(',').filter(|part| !part.is_empty()).collect();
    match parts.is_empty() {
        true => Ok(Targets::new().with_default(LevelFilter::ERROR)),
        false => parts.join(",").parse(),
    }
}

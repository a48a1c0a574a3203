//! Where the program's own log goes: standard error, one line an event.

mod lines;
mod plain;

use std::io::IsTerminal;

use gateway::Clock;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Format;
use tracing_subscriber::fmt::time::ChronoUtc;

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
    let filter = EnvFilter::try_new(filter).map_err(|e| {
        format!("`{filter}` is not a log filter such as `info` or `warn,oss=debug`: {e}")
    })?;
    let (lines, flush) = Lines::start().map_err(|e| format!("cannot start logging: {e}"))?;
    let builder = tracing_subscriber::fmt()
        .with_writer(lines)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(filter);
    let full = Format::default()
        .with_target(false)
        .with_timer(ChronoUtc::rfc_3339());
    let started = match format {
        LogFormat::Text => builder
            .event_format(Plain {
                clock: Clock::system(),
                full,
            })
            .try_init(),
        LogFormat::Json => builder
            .event_format(full.json().flatten_event(true))
            .fmt_fields(tracing_subscriber::fmt::format::JsonFields::new())
            .try_init(),
    };
    started.map_err(|e| format!("cannot start logging: {e}"))?;
    Ok(flush)
}

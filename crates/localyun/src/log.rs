//! Where the program's own log goes: standard error, one line an event.

mod lines;
mod plain;
mod requests;
mod stamp;

use std::io::IsTerminal;
use std::sync::Arc;

use gateway::{Clock, Line, LineWriter};
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::fmt::format::{Format, JsonFields};
use tracing_subscriber::fmt::time::ChronoUtc;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use lines::{Flush, Lines};
use plain::Plain;
use requests::Requests;

/// A log that has been started. What it still holds is written out when it is dropped.
#[derive(Debug)]
pub(crate) struct Log {
    /// Who writes the lines of requests, where their form and the filter allow for that.
    pub(crate) requests: Option<Arc<dyn LineWriter>>,
    _flush: Flush,
}

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
pub(crate) fn start(format: LogFormat, filter: &str) -> Result<Log, String> {
    let targets = targets(filter).map_err(|e| {
        format!("`{filter}` is not a log filter such as `info` or `warn,oss=debug`: {e}")
    })?;
    let (lines, flush) = Lines::start().map_err(|e| format!("cannot start logging: {e}"))?;
    let colours = std::io::stderr().is_terminal();
    let requests = lets_requests_through(filter, &targets);
    let filtered = tracing_subscriber::registry().with(targets);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_ansi(colours);
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
    let direct = format == LogFormat::Text && requests && !colours;
    let requests = direct.then(|| -> Arc<dyn LineWriter> { Arc::new(Requests { lines }) });
    Ok(Log {
        requests,
        _flush: flush,
    })
}

/// What a filter lets through: errors, if it says nothing.
fn targets(filter: &str) -> Result<Targets, ParseError> {
    let parts: Vec<_> = filter.split(',').filter(|part| !part.is_empty()).collect();
    match parts.is_empty() {
        true => Ok(Targets::new().with_default(LevelFilter::ERROR)),
        false => parts.join(",").parse(),
    }
}

/// Whether the lines of requests are certain to get through. What a filter says of fields is for `tracing` to follow.
fn lets_requests_through(filter: &str, targets: &Targets) -> bool {
    targets.would_enable(Line::TARGET, &Level::INFO) && !filter.contains('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_obey_the_filter() {
        let through = |filter| lets_requests_through(filter, &targets(filter).unwrap());
        assert!(through("info") && through("warn,gateway=info"));
        assert!(!through("") && !through("warn") && !through("info,gateway::serve=off"));
        assert!(!through("info,[{path}]=off"));
    }
}

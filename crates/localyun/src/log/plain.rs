//! Lines for people without colours, in the form of `tracing_subscriber`'s `Full` and at a fifth of its price: there is
//! one a request.

use std::fmt::{self, Write};

use chrono::{DateTime, Datelike, Timelike, Utc};
use gateway::Clock;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full, Writer};
use tracing_subscriber::fmt::time::ChronoUtc;
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::registry::LookupSpan;

/// The room for a line, in bytes; a longer one makes more.
const LINE: usize = 384;

/// Writes events as `full` would. Those in colours and inside spans, which are rare, it leaves to it.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) clock: Clock,
    pub(super) full: Format<Full, ChronoUtc>,
}

impl<S> FormatEvent<S, DefaultFields> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, DefaultFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if writer.has_ansi_escapes() || context.lookup_current().is_some() {
            return self.full.format_event(context, writer, event);
        }
        // In one piece: each write to the writer is a call through a table.
        let mut text = String::with_capacity(LINE);
        write_time(&mut text, self.clock.wall());
        text.push_str(level(*event.metadata().level()));
        let mut fields = Fields { text, begun: false };
        event.record(&mut fields);
        fields.text.push('\n');
        writer.write_str(&fields.text)
    }
}

/// Five characters wide, between blanks.
fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => " ERROR ",
        Level::WARN => "  WARN ",
        Level::INFO => "  INFO ",
        Level::DEBUG => " DEBUG ",
        Level::TRACE => " TRACE ",
    }
}

/// RFC 3339 with as many groups of three digits behind the second as it takes.
fn write_time(into: &mut String, at: DateTime<Utc>) {
    let mut text = *b"0000-00-00T00:00:00.000000000+00:00";
    let year = at.year().unsigned_abs();
    let nanos = at.nanosecond() % 1_000_000_000;
    let parts = [
        (0, 4, year),
        (5, 2, at.month()),
        (8, 2, at.day()),
        (11, 2, at.hour()),
        (14, 2, at.minute()),
        (17, 2, at.second()),
        (20, 9, nanos),
    ];
    for (start, width, number) in parts {
        write_digits(&mut text[start..start + width], number);
    }
    let fraction = match nanos {
        0 => 19,
        _ if nanos.is_multiple_of(1_000_000) => 23,
        _ if nanos.is_multiple_of(1_000) => 26,
        _ => 29,
    };
    for part in [&text[..fraction], &text[29..]] {
        into.push_str(std::str::from_utf8(part).unwrap_or_default());
    }
}

fn write_digits(into: &mut [u8], mut number: u32) {
    for digit in into.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Writes `name=value` with blanks between, and the message without a name.
struct Fields {
    text: String,
    begun: bool,
}

impl Fields {
    fn name(&mut self, field: &Field) {
        if std::mem::replace(&mut self.begun, true) {
            self.text.push(' ');
        }
        let name = field.name();
        if name != MESSAGE {
            self.text.push_str(name.strip_prefix("r#").unwrap_or(name));
            self.text.push('=');
        }
    }
}

const MESSAGE: &str = "message";

/// Writing to a `String` cannot fail; a value whose `Debug` does is left unfinished.
impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == MESSAGE {
            return self.record_debug(field, &format_args!("{value}"));
        }
        self.name(field);
        let plain = |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
        if value.bytes().all(plain) {
            self.text.extend(["\"", value, "\""]);
        } else {
            let _ = write!(self.text, "{value:?}");
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.name(field);
        self.text.push_str(itoa::Buffer::new().format(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.name(field);
        let _ = match field.name() {
            MESSAGE => write!(Harmless(&mut self.text), "{value:?}"),
            _ => write!(self.text, "{value:?}"),
        };
    }
}

/// Text in which nothing steers a terminal.
struct Harmless<'a>(&'a mut String);

impl Write for Harmless<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            self.0.push_str(text);
            return Ok(());
        }
        text.chars().try_for_each(|char| match char {
            '\x1b' | '\x07' | '\x08' | '\x0c' | '\x7f' => {
                write!(self.0, "\\x{:02x}", u32::from(char))
            }
            '\u{80}'..='\u{9f}' => write!(self.0, "{}", char.escape_unicode()),
            _ => self.0.write_char(char),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn full() -> Format<Full, ChronoUtc> {
        Format::default()
            .with_target(false)
            .with_timer(ChronoUtc::rfc_3339())
    }

    fn events() {
        tracing::info!(request = %"6B07", service = "oss", path = "/a b", status = 200_u16, "request");
        tracing::info!(
            path = "q\"b\\s\n\x1b \u{e9}",
            micros = 7_u64,
            "two\x1b[1mwords\u{9b}\u{e9}"
        );
        tracing::warn!(error = %std::io::Error::other("x"), odd = ?Some("y"), n = -1, yes = true, "e");
        tracing::error!(r#type = "t");
        tracing::info_span!("inside", a = 1).in_scope(|| tracing::info!("spanned"));
    }

    /// What `format` makes of the events, without the times.
    fn written<F>(format: F) -> Vec<String>
    where
        F: FormatEvent<tracing_subscriber::Registry, DefaultFields> + Send + Sync + 'static,
    {
        use tracing_subscriber::layer::SubscriberExt;
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .event_format(format)
            .with_writer(lines.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, events);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let untimed = |line: &str| line.split_once(' ').unwrap().1.to_owned();
        text.lines().map(untimed).collect()
    }

    #[test]
    fn lines_are_those_of_the_full_format() {
        let plain = Plain {
            clock: Clock::system(),
            full: full(),
        };
        let expected = written(full());
        assert_eq!(expected.len(), 5);
        assert_eq!(written(plain), expected);
    }

    #[test]
    fn times_are_those_of_rfc_3339() {
        for text in [
            "2026-11-25T16:18:11.504538734+00:00",
            "2026-01-02T03:04:05.000001+00:00",
            "2026-01-02T03:04:05.120+00:00",
            "2026-01-02T03:04:05+00:00",
        ] {
            let at: DateTime<Utc> = text.parse().unwrap();
            let mut written = String::new();
            write_time(&mut written, at);
            assert_eq!(written, text);
            assert_eq!(written, at.to_rfc3339());
        }
    }
}

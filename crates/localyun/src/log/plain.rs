//! Lines for people without colours, in the form of `tracing_subscriber`'s `Full` and at a fifth of its price: there may
//! be one a request, besides that of the request itself.

use std::fmt::{self, Write};

use gateway::Clock;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full, Writer};
use tracing_subscriber::fmt::time::ChronoUtc;
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::registry::LookupSpan;

use super::stamp::Stamp;

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
        let mut stamp = Stamp::default();
        text.push_str(std::str::from_utf8(stamp.of(self.clock.wall())).unwrap_or_default());
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

/// Which bytes stand for themselves there.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = !matches!(byte, b'"' | b'\\');
        byte += 1;
    }
    plain
};

/// Whether a text between quotes is what `Debug` makes of it.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| PLAIN[usize::from(byte)])
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
        if is_plain(value) {
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
pub(super) mod tests {
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

    pub(in crate::log) fn full() -> Format<Full, ChronoUtc> {
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

    /// What `format` makes of events, without the times.
    pub(in crate::log) fn written<F>(format: F, events: impl FnOnce()) -> Vec<String>
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
        let expected = written(full(), events);
        assert_eq!(expected.len(), 5);
        assert_eq!(written(plain, events), expected);
    }
}

//! The lines of requests, in the form that [`Plain`](super::plain::Plain) would give their events. They are most of the
//! log, so nothing is in the way between them and the bytes that go out.

use std::io::Write;

use gateway::{Line, LineWriter};

use super::lines::{Lines, Pending};
use super::plain::is_plain;

/// Writes lines of requests.
#[derive(Debug)]
pub(super) struct Requests {
    pub(super) lines: Lines,
}

impl LineWriter for Requests {
    fn write(&self, line: &Line<'_>) {
        self.lines.gather(false, |Pending { bytes, stamp }| {
            bytes.extend_from_slice(stamp.of(line.at));
            write(bytes, line);
        });
    }
}

/// Everything behind the time.
fn write(into: &mut Vec<u8>, line: &Line<'_>) {
    into.extend_from_slice(b"  INFO request request=");
    into.extend_from_slice(line.request.as_bytes());
    into.extend_from_slice(b" service=");
    name(into, line.service);
    into.extend_from_slice(b" op=");
    name(into, line.op);
    into.extend_from_slice(b" method=");
    into.extend_from_slice(line.method.as_str().as_bytes());
    into.extend_from_slice(b" host=");
    quote(into, line.host);
    into.extend_from_slice(b" path=");
    quote(into, line.path);
    into.extend_from_slice(b" status=");
    number(into, line.status);
    into.extend_from_slice(b" code=");
    name(into, line.code);
    into.extend_from_slice(b" key=");
    quote(into, line.key);
    into.extend_from_slice(b" micros=");
    number(into, line.micros);
    into.push(b'\n');
}

fn number(into: &mut Vec<u8>, number: impl itoa::Integer) {
    into.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// One of our own names, in which there is nothing to escape.
fn name(into: &mut Vec<u8>, name: &'static str) {
    into.push(b'"');
    into.extend_from_slice(name.as_bytes());
    into.push(b'"');
}

/// Writing to a `Vec` cannot fail.
fn quote(into: &mut Vec<u8>, text: &str) {
    if is_plain(text) {
        into.push(b'"');
        into.extend_from_slice(text.as_bytes());
        into.push(b'"');
    } else {
        let _ = write!(into, "{text:?}");
    }
}

#[cfg(test)]
mod tests {
    use gateway::Clock;

    use super::super::plain::tests::{full, written};
    use super::*;

    #[test]
    fn lines_are_those_of_their_events() {
        let clock = Clock::system();
        let request = gateway::id::Ids::new().oss(clock.wall());
        let method = "PATCH".parse().unwrap();
        let long = "0123456789/".repeat(9);
        let odd = [
            "q\"b\\s\n\x1b \u{e9}",
            "",
            "~ ",
            "12345678\x7f",
            "\x1f12345678",
        ];
        for path in odd.into_iter().chain([&*long]) {
            let line = Line {
                at: clock.wall(),
                request: &request,
                service: "oss",
                op: "-",
                method: &method,
                host: "h:1\"",
                path,
                status: 404,
                code: "NoSuchKey",
                key: "a\\b",
                micros: u64::MAX,
            };
            let expected = written(full(), || line.emit());
            let mut text = Vec::new();
            write(&mut text, &line);
            let text = String::from_utf8(text).unwrap();
            // One of the blanks before the level belongs to the time.
            assert_eq!(text, format!(" {}\n", expected[0]));
        }
    }
}

//! Results for CI: the XML that JUnit made common.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::{Checked, Row};

/// One file with what came of it.
pub(crate) struct Suite<'a> {
    /// The file.
    pub(crate) path: &'a Path,
    /// Its results.
    pub(crate) checked: &'a Checked,
    /// What was not noticed when a policy was changed.
    pub(crate) survivors: &'a [String],
    /// How long it took.
    pub(crate) took: Duration,
}

/// All results as one document.
pub(crate) fn junit(suites: &[Suite<'_>]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in suites {
        // Writing to a String cannot fail.
        let _ = write_suite(&mut xml, suite);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn write_suite(xml: &mut String, suite: &Suite<'_>) -> std::fmt::Result {
    let Checked { rows, failures } = suite.checked;
    let path = escape(&suite.path.display().to_string());
    let tests = rows.len() + suite.survivors.len();
    let failed = failures.len() + suite.survivors.len();
    let seconds = suite.took.as_secs_f64();
    writeln!(
        xml,
        "  <testsuite name=\"{path}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" time=\"{seconds:.6}\">"
    )?;
    for (index, row) in rows.iter().enumerate() {
        let mut failures = failures.iter();
        let failure = failures
            .find(|(failed, _)| *failed == index)
            .map(|(_, why)| &**why);
        write_case(xml, &path, &title(row), row.at.line, failure)?;
    }
    for survivor in suite.survivors {
        write_case(
            xml,
            &path,
            survivor,
            0,
            Some("no expectation notices this change"),
        )?;
    }
    writeln!(xml, "  </testsuite>")
}

fn title(row: &Row) -> String {
    match &row.name {
        Some(name) => format!("{name}: {}", row.title()),
        None => row.title(),
    }
}

fn write_case(
    xml: &mut String,
    path: &str,
    title: &str,
    line: u64,
    failure: Option<&str>,
) -> std::fmt::Result {
    let title = escape(title);
    write!(
        xml,
        "    <testcase classname=\"{path}\" name=\"{title}\" file=\"{path}\" line=\"{line}\""
    )?;
    let Some(why) = failure else {
        return writeln!(xml, "/>");
    };
    let message = escape(why.lines().next().unwrap_or_default());
    writeln!(xml, ">")?;
    writeln!(
        xml,
        "      <failure message=\"{message}\">{}</failure>",
        escape(why)
    )?;
    writeln!(xml, "    </testcase>")
}

/// As text or attribute. What XML 1.0 cannot hold becomes a replacement character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c < ' ' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(
            escape("a<b>&\"c\"\u{0}\n"),
            "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}\n"
        );
    }
}

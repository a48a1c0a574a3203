//! `localyun fc invoke`.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use signature::encode::component;

use super::api::{Access, path_of};
use crate::cli::Failure;
use crate::cli::invoke::read_event;
use crate::client::signed::Signed;

/// Invoke a function of a running server and print what it returns
///
/// The result goes to standard output, byte for byte, and the end of the function's log (4 KB) to standard error. The exit
/// code is 1 when the function failed or was not run.
#[derive(Debug, Args)]
pub(super) struct Invoke {
    /// The name of the function
    name: String,
    /// The event: its text, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", default_value = "")]
    event: String,
    /// A version or an alias of the function; LATEST if absent
    #[arg(long, value_name = "VERSION")]
    qualifier: Option<String>,
    #[command(flatten)]
    access: Access,
}

impl Invoke {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let event = read_event(&self.event)?;
        let qualifier = self.qualifier.as_deref();
        let query = qualifier.map(|q| format!("qualifier={}", component(q)));
        let request = Signed {
            query: query.as_deref().unwrap_or_default(),
            headers: &[
                ("content-type", "application/octet-stream"),
                ("x-fc-log-type", "Tail"),
            ],
            body: &event,
            ..Signed::default()
        };
        let path = format!("{}/invocations", path_of(&self.name));
        let answer = self
            .access
            .api()
            .call(("POST", "InvokeFunction"), &path, request)?;
        let answer = answer.map_err(|r| r.about(&format!("cannot invoke `{}`", self.name)))?;
        io::stderr().write_all(&log(answer.header("x-fc-log-result"))?)?;
        let mut out = io::stdout().lock();
        out.write_all(&answer.body)?;
        out.flush()?;
        match answer.header("x-fc-error-type") {
            "" => Ok(()),
            _ => Err(Failure::Silent),
        }
    }
}

/// The log with a line end.
fn log(encoded: &str) -> Result<Vec<u8>, Failure> {
    let mut log = STANDARD.decode(encoded)?;
    if !log.is_empty() && !log.ends_with(b"\n") {
        log.push(b'\n');
    }
    Ok(log)
}

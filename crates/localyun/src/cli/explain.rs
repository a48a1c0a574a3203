//! `localyun explain` and `localyun requests`.

use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use signature::encode::component;

use super::{Failure, Format, Remote, print};

/// Say why a running server answered a request as it did
///
/// Every answer has a request id: in the header x-oss-request-id or x-acs-request-id, in the body of an error, and in the
/// exception that an SDK raises. The server keeps the last 1024 requests that failed and the last 256 others.
///
/// Told are: who sent it, with the chain of role sessions; every permission that it asked for, with the resource, the
/// condition keys, every layer of policies and every statement that was looked at; and for a denial the smallest change
/// that would have allowed it. For a signature that does not match: what the server signs, and what the client seems to
/// have signed instead. Secrets, tokens and signatures are left out.
#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    remote: Remote,
    /// The request's id; without one, the last request that failed
    #[arg(value_name = "REQUEST_ID", default_value = "latest")]
    id: String,
    /// How the answer looks
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Explain {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let page = format!("requests/{}", component(&self.id));
        let mut report: Value = self.remote.client().get(&page)?;
        let told = report.as_object_mut().and_then(|all| all.remove("text"));
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&report)? + "\n",
            Format::Text => match told {
                Some(Value::String(text)) => text,
                _ => return Err("the server is of another version than this program".into()),
            },
        };
        print(&text).map_err(Failure::from)
    }
}

/// List the last requests of a running server, the newest first, with their ids
#[derive(Debug, Args)]
pub(super) struct Requests {
    #[command(flatten)]
    remote: Remote,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// How the answer looks
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    time: String,
    service: String,
    operation: Option<String>,
    status: u16,
    code: Option<String>,
    caller: Option<String>,
}

impl Requests {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let page = format!("requests?limit={}", self.limit);
        let answer: Value = self.remote.client().get(&page)?;
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&answer)? + "\n",
            Format::Text => {
                let lines: Vec<Line> = serde_json::from_value(answer["requests"].clone())?;
                lines.iter().map(Line::show).collect()
            }
        };
        print(&text).map_err(Failure::from)
    }
}

impl Line {
    fn show(&self) -> String {
        let Self {
            id,
            time,
            service,
            status,
            ..
        } = self;
        let operation = self.operation.as_deref().unwrap_or("-");
        let code = self.code.as_deref().unwrap_or("OK");
        let caller = match self.caller.as_deref() {
            None | Some("*") => "-",
            Some(caller) => caller,
        };
        format!("{time}  {id:36}  {service:3} {operation:24} {status} {code:24} {caller}\n")
    }
}

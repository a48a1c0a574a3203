//! `localyun simulate`.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, Format, Remote, print};
use crate::simulate::{Answer, Asking, Matrix};

/// Ask a running server whether a principal may do something, and why
///
/// The server decides as it would decide on a request: with the policies that the principal has now, the policy, ACL or
/// trust policy of the resource, and the condition keys that such a request brings. Nothing is sent, signed or changed.
///
/// A plain request is supposed: from 127.0.0.1, over plain HTTP, at the server's time. --context puts other values in the
/// place of these, or adds keys that a request would bring, such as oss:Prefix.
///
/// The exit code is 0 if it is allowed, 1 if it is denied, and 2 if the question makes no sense.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Simulate {
    #[command(flatten)]
    remote: Remote,
    /// Who: acs:ram::UID:user/NAME, acs:ram::UID:role/NAME, acs:ram::UID:assumed-role/ROLE/SESSION, acs:ram::UID:root,
    /// the same without `acs:ram::UID:` in the default account, a service such as fc.aliyuncs.com, or anonymous
    #[arg(long, value_name = "ARN")]
    principal: String,
    /// What, such as oss:GetObject or sts:AssumeRole
    #[arg(long, value_name = "ACTION", required_unless_present = "all_actions")]
    action: Option<String>,
    /// On what: an ARN such as acs:oss:*:*:BUCKET/KEY or acs:ram:*:UID:role/NAME, oss://BUCKET/KEY, or * for whatever the
    /// account has
    #[arg(long, value_name = "ARN", default_value = "*")]
    resource: String,
    /// A condition key of the request; several times for several, and for several values of one. KEY= is an empty value
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// A file with the session policy that narrows the session of a role
    #[arg(long, value_name = "FILE")]
    session_policy: Option<PathBuf>,
    /// Ask for every action of every operation that fits the resource; the exit code is 0
    #[arg(long, conflicts_with = "action")]
    all_actions: bool,
    /// How the answer looks
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

const EXAMPLES: &str = "Examples:
  localyun simulate --principal user/anna --action oss:GetObject --resource oss://photos/cat.jpg
  localyun simulate --principal role/ci --action oss:ListObjects --resource oss://photos --context oss:Prefix=2026/
  localyun simulate --principal user/anna --action sts:AssumeRole --resource 'acs:ram:*:1234567890123456:role/ci'
  localyun simulate --principal role/ci --all-actions";

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it is written KEY=VALUE, such as acs:SourceIp=192.0.2.1".to_owned()),
    }
}

impl Simulate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let asking = self.asking()?;
        let client = self.remote.client();
        if self.all_actions {
            let matrix: Matrix = client
                .post("simulate/all", &asking)
                .map_err(Failure::misused)?;
            return self.show(&matrix, || table(&matrix));
        }
        let answer: Answer = client.post("simulate", &asking).map_err(Failure::misused)?;
        self.show(&answer, || answer.text.clone())?;
        match answer.allowed {
            true => Ok(()),
            false => Err(Failure::Silent),
        }
    }

    fn asking(&self) -> Result<Asking, Failure> {
        let read = |path: &PathBuf| {
            fs::read_to_string(path).map_err(|error| {
                Failure::Misused(format!("cannot read {}: {error}", path.display()))
            })
        };
        let context = self.context.iter();
        Ok(Asking {
            principal: self.principal.clone(),
            action: self.action.clone(),
            resource: self.resource.clone(),
            context: context
                .map(|(key, value)| (key.clone(), Some(value.clone())))
                .collect(),
            session_policy: self.session_policy.as_ref().map(read).transpose()?,
        })
    }

    fn show(
        &self,
        answer: &impl serde::Serialize,
        text: impl Fn() -> String,
    ) -> Result<(), Failure> {
        let text = match self.format {
            Format::Text => text(),
            Format::Json => serde_json::to_string_pretty(answer)? + "\n",
        };
        print(&text).map_err(Failure::misused)
    }
}

fn table(matrix: &Matrix) -> String {
    let width = matrix
        .rows
        .iter()
        .map(|row| row.action.len())
        .max()
        .unwrap_or_default();
    let row = |row: &crate::simulate::Row| {
        let verb = if row.allowed { "allowed" } else { "denied " };
        format!(
            "{verb} {:width$} {} ({})\n",
            row.action, row.resource, row.reason
        )
    };
    matrix.rows.iter().map(row).collect()
}

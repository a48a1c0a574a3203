//! `localyun permissions replay`

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;

use super::since;
use crate::cli::{Failure, Remote};
use crate::least::replay::{Answer, Difference, Question};

/// Decide every recorded request anew, as if a user or a role had these policies and no others
///
/// All that the principal was recorded doing must be allowed by the policies, and what it was denied must stay denied; what
/// others were recorded doing must end as it did. Every difference is printed with its reason. The exit code is 0 where
/// there is none.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// Whose policies are replaced, its groups' included: acs:ram::UID:user/NAME or acs:ram::UID:role/NAME,
    /// in the default account user/NAME or role/NAME
    #[arg(long, value_name = "ARN")]
    principal: String,
    /// The policies that replace them, a file each
    #[arg(long, value_name = "FILE", required = true)]
    policy: Vec<PathBuf>,
    /// Only what was asked for since a time (RFC 3339), or so long ago: 90s, 10m, 2h, 1d
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<DateTime<Utc>>,
    /// Go on where more was asked for than the server remembers
    #[arg(long)]
    incomplete: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Replay {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut policies = Vec::new();
        for file in &self.policy {
            let text = std::fs::read_to_string(file);
            policies
                .push(text.map_err(|error| format!("cannot read {}: {error}", file.display()))?);
        }
        let question = Question {
            principal: self.principal.clone(),
            policies,
            since: self.since,
        };
        let answer: Answer = self.remote.client().post("usage/replay", &question)?;
        self.judge(&answer)
    }

    fn judge(&self, answer: &Answer) -> Result<(), Failure> {
        for difference in &answer.differences {
            println!("{}", line(difference));
        }
        if answer.theirs == 0 {
            return Err(format!("nothing was recorded of {}", self.principal).into());
        }
        let (theirs, others) = (answer.theirs, answer.others);
        println!(
            "{theirs} requests of {} and {others} of others: {} differences",
            self.principal,
            answer.differences.len()
        );
        if !answer.complete && !self.incomplete {
            return Err("the server remembers only part of what was asked for, so this proves little; --incomplete passes over that".into());
        }
        match answer.differences.is_empty() {
            true => Ok(()),
            false => Err(Failure::Silent),
        }
    }
}

fn line(difference: &Difference) -> String {
    let Difference {
        principal,
        action,
        resource,
        conditions,
        before,
        after,
        reason,
        count,
    } = difference;
    let keys: Vec<String> = conditions
        .iter()
        .map(|(key, values)| format!(" {key}={}", values.join(",")))
        .collect();
    format!(
        "{principal} {action} {resource}{} ({count}x)\n    was {before}, would be {after}: {reason}",
        keys.concat()
    )
}

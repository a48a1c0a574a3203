//! `localyun permissions generate`

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;

use super::since;
use crate::cli::{Failure, Remote, tell};
use crate::least::generate::{Generated, Need, Width, generate};
use crate::least::trust;
use crate::least::usage::{Needs, Usage};
use signature::encode::component;

/// Print the smallest readable policy that allows what a user or a role was recorded doing
///
/// A running server remembers every permission that was asked for. Let the program run with wide permissions against
/// `localyun start --auth audit` (or enforce), then make its policy. The policy goes to standard output, what there is to
/// know about it to standard error. Sessions of a role count for the role.
///
/// Every action is allowed on the resources on which it was recorded, listings with their prefixes. Three or more keys of a
/// bucket that begin alike, up to and with one of / - _ . =, become one prefix with a *; only ten or more that have nothing
/// in common become the whole bucket. What was widened is said. --exact widens nothing.
#[derive(Debug, Args)]
pub(super) struct Generate {
    /// Whose: acs:ram::UID:user/NAME or acs:ram::UID:role/NAME, in the default account user/NAME or role/NAME
    #[arg(long, value_name = "ARN")]
    principal: String,
    /// Only what was asked for since a time (RFC 3339), or so long ago: 90s, 10m, 2h, 1d
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<DateTime<Utc>>,
    /// Allow nothing besides what was recorded, however long the policy becomes
    #[arg(long)]
    exact: bool,
    /// Print the trust policy of a role instead, which lets in who was recorded assuming it
    #[arg(long)]
    trust: bool,
    /// Go on where more was asked for than the server remembers
    #[arg(long)]
    incomplete: bool,
    /// Write the policy to a file. A second document goes beside it, into FILE.2, and so on
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

impl Generate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let usage = self.usage()?;
        if self.trust {
            let document = trust::generate(&usage.assumed);
            let document = document
                .ok_or_else(|| format!("nobody was recorded assuming {}", self.principal))?;
            return self.put(&[document]).map(drop);
        }
        let needs: Vec<Need> = usage.used.iter().filter_map(Need::of).collect();
        let width = if self.exact {
            Width::Exact
        } else {
            Width::Readable
        };
        let generated = generate(&needs, width)?;
        self.comment(&usage, &generated);
        if generated.documents.is_empty() {
            return Err("it takes no policy to allow what was recorded".into());
        }
        let files = self.put(&generated.documents)?;
        apply(&usage, &files);
        Ok(())
    }

    fn usage(&self) -> Result<Usage, Failure> {
        let since = self
            .since
            .map(|since| format!("since={}&", component(&since.to_rfc3339())));
        let page = format!(
            "usage?{}principal={}",
            since.unwrap_or_default(),
            component(&self.principal)
        );
        let usage: Usage = self.remote.client().get(&page)?;
        if usage.auth == "off" {
            return Err("the server runs with --auth off, which asks for no permission and records none; start it with --auth audit".into());
        }
        let recorded = if self.trust {
            &usage.assumed
        } else {
            &usage.used
        };
        if recorded.is_empty() {
            let others: Vec<&str> = usage.principals.iter().map(String::as_str).collect();
            let others = if others.is_empty() {
                "nobody".to_owned()
            } else {
                others.join(", ")
            };
            return Err(format!(
                "nothing was recorded of {}; recorded is {others}",
                self.principal
            )
            .into());
        }
        if !usage.complete && !self.incomplete {
            let missed = usage.missed;
            return Err(format!(
                "the server remembers only part of what was asked for: {missed} times there was no room for more; a policy \
                 of it may be too narrow. Start again with `localyun reset` and less traffic, or say --incomplete"
            )
            .into());
        }
        Ok(usage)
    }

    /// What there is to know about the policy.
    fn comment(&self, usage: &Usage, generated: &Generated) {
        let count = usage.used.iter().map(|line| line.count).sum::<u64>();
        tell(format_args!(
            "# {}: {} permissions, asked for {count} times",
            self.principal,
            usage.used.len()
        ));
        if !usage.complete {
            tell(format_args!(
                "# INCOMPLETE: {} times there was no room to remember more",
                usage.missed
            ));
        }
        for line in &usage.used {
            let what = format!("{} on {}", line.action, line.resource);
            match (line.let_through && line.latest, line.needs) {
                (false, _) => tell(format_args!("# left out, it was denied: {what}")),
                (true, Needs::Nothing) => tell(format_args!(
                    "# left out, it needs no policy ({}): {what}",
                    line.by
                )),
                (true, Needs::InVain) => tell(format_args!(
                    "# left out, no policy of the principal can allow it: {what}"
                )),
                (true, Needs::Allow) => {}
            }
        }
        for widened in &generated.widened {
            tell(format_args!("# wider than recorded: {widened}"));
        }
        for key in usage.dropped_keys() {
            tell(format_args!(
                "# not carried over: present policies ask for {key}"
            ));
        }
        for line in &usage.assumed {
            tell(format_args!(
                "# trust: {} assumed this role {} times (--trust prints a policy)",
                line.principal, line.count
            ));
        }
    }

    /// Prints the documents, or writes them to files. Returns the files.
    fn put(&self, documents: &[String]) -> Result<Vec<PathBuf>, Failure> {
        let mut files = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            match &self.output {
                None => println!("{document}"),
                Some(first) => {
                    let file = numbered(first, index + 1);
                    let wrong = |error| format!("cannot write {}: {error}", file.display());
                    std::fs::write(&file, format!("{document}\n")).map_err(wrong)?;
                    files.push(file);
                }
            }
        }
        Ok(files)
    }
}

/// The commands that put the policy in place.
fn apply(usage: &Usage, files: &[PathBuf]) {
    let Some((kind, name)) = usage.principal.as_deref().and_then(subject) else {
        return;
    };
    if files.is_empty() {
        tell(format_args!(
            "# to apply it: --output FILE prints the commands"
        ));
        return;
    }
    tell(format_args!("# to apply it:"));
    for (index, file) in files.iter().enumerate() {
        let policy = policy_name(&name, index + 1);
        let file = file.display();
        tell(format_args!(
            "aliyun ram CreatePolicy --PolicyName {policy} --PolicyDocument \"$(cat '{file}')\""
        ));
        tell(format_args!(
            "aliyun ram AttachPolicyTo{kind} --PolicyType Custom --PolicyName {policy} --{kind}Name {name}"
        ));
    }
    tell(format_args!(
        "# and, once `localyun permissions replay` has found no difference, to take away what it has now:"
    ));
    for policy in &usage.policies {
        let (of, policy) = (&policy.r#type, &policy.name);
        tell(format_args!(
            "aliyun ram DetachPolicyFrom{kind} --PolicyType {of} --PolicyName {policy} --{kind}Name {name}"
        ));
    }
}

/// `User` or `Role`, and the name.
fn subject(arn: &str) -> Option<(&'static str, String)> {
    let (_, rest) = arn.strip_prefix("acs:ram::")?.split_once(':')?;
    match rest.split_once('/')? {
        ("user", name) => Some(("User", name.to_owned())),
        ("role", name) => Some(("Role", name.to_owned())),
        _ => None,
    }
}

/// Letters, digits and hyphens only.
fn policy_name(of: &str, number: usize) -> String {
    let plain: String = of
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    match number {
        1 => format!("{plain}-least"),
        _ => format!("{plain}-least-{number}"),
    }
}

fn numbered(file: &Path, number: usize) -> PathBuf {
    match number {
        1 => file.to_owned(),
        _ => PathBuf::from(format!("{}.{number}", file.display())),
    }
}

//! Thin clients of the admin API.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use signature::encode::component;

use super::{Failure, Remote};

/// Say how a running server is: status, version, services, auth mode, storage
#[derive(Debug, Args)]
pub(super) struct Health {
    #[command(flatten)]
    remote: Remote,
}

impl Health {
    pub(super) fn run(&self) -> Result<(), Failure> {
        show(&self.remote.client().get("health")?)
    }
}

/// Empty a running server and put back what a fresh start gives
#[derive(Debug, Args)]
pub(super) struct Reset {
    #[command(flatten)]
    remote: Remote,
}

impl Reset {
    pub(super) fn run(&self) -> Result<(), Failure> {
        show(&self.remote.client().post("reset", &json!({}))?)
    }
}

/// Read or move the virtual clock, by which tokens, signed URLs and conditions on time expire
#[derive(Debug, Args)]
pub(super) struct ClockCommand {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    step: Option<Step>,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Move it by some seconds, which may be negative
    Advance {
        /// Seconds
        #[arg(allow_negative_numbers = true)]
        seconds: i64,
    },
    /// Set it to a time such as 2030-01-02T03:04:05Z
    Set {
        /// The time, RFC 3339
        time: DateTime<Utc>,
    },
}

impl ClockCommand {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.remote.client();
        let reading: Value = match &self.step {
            None => client.get("clock")?,
            Some(Step::Advance { seconds }) => {
                client.post("clock", &json!({ "advance_seconds": seconds }))?
            }
            Some(Step::Set { time }) => {
                client.post("clock", &json!({ "set": time.to_rfc3339() }))?
            }
        };
        show(&reading)
    }
}

/// Make further accounts in a running server, or list them
#[derive(Debug, Args)]
pub(super) struct AccountCommand {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    step: AccountStep,
}

#[derive(Debug, Subcommand)]
enum AccountStep {
    /// Make an account with an administrator and a root key, and say their keys
    Create {
        /// Its uid, 16 digits; random if absent
        #[arg(long, value_name = "UID")]
        uid: Option<String>,
        /// Its alias, 3 to 63 lower-case letters, digits and hyphens; its uid if absent
        #[arg(long, value_name = "ALIAS")]
        alias: Option<String>,
    },
    /// List the accounts
    List,
}

impl AccountCommand {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.remote.client();
        let answer: Value = match &self.step {
            AccountStep::Create { uid, alias } => {
                client.post("accounts", &json!({ "uid": uid, "alias": alias }))?
            }
            AccountStep::List => client.get("accounts")?,
        };
        show(&answer)
    }
}

/// Keep everything that a running server holds in memory under a name, and put it back later
///
/// A snapshot holds buckets, objects, users, roles, policies, keys and what seals tokens; the virtual clock is not part
/// of it. It takes no time and shares what does not change. It lives as long as the server, and a reset leaves it alone.
/// A server that keeps its data on disk (--data) has no snapshots: stop it and copy the folder.
#[derive(Debug, Args)]
pub(super) struct SnapshotCommand {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    what: SnapshotStep,
}

#[derive(Debug, Subcommand)]
enum SnapshotStep {
    /// Save everything as it is now, in place of a snapshot that has this name
    Save {
        /// 1 to 64 letters, digits and . - _
        name: String,
    },
    /// Put everything back as it was when this snapshot was saved; the snapshot stays
    Restore {
        /// Its name
        name: String,
    },
    /// Show the names of all snapshots
    List,
    /// Forget a snapshot
    Delete {
        /// Its name
        name: String,
    },
}

impl SnapshotCommand {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.remote.client();
        let page = |name: &str| format!("snapshots/{}", component(name));
        let answer: Value = match &self.what {
            SnapshotStep::Save { name } => client.post(&page(name), &json!({}))?,
            SnapshotStep::Restore { name } => {
                client.post(&format!("{}/restore", page(name)), &json!({}))?
            }
            SnapshotStep::List => client.get("snapshots")?,
            SnapshotStep::Delete { name } => client.delete(&page(name))?,
        };
        show(&answer)
    }
}

pub(super) fn show(value: &Value) -> Result<(), Failure> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

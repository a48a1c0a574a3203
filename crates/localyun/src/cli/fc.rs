//! `localyun fc`: functions of a running server, over the API 2023-03-30 as any client of it.

mod api;
mod deploy;
mod functions;
mod invoke;
mod logs;
mod package;
mod watch;

use clap::{Args, Subcommand};

use super::Failure;

/// Deploy functions to a running server, invoke them, and redeploy them whenever a file is saved
///
/// These are clients of Function Compute 3.0 (API 2023-03-30): requests are signed, and what the key's policies do not
/// allow is refused. `localyun invoke` runs a handler once without deploying it.
#[derive(Debug, Args)]
pub(super) struct FcCommand {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    Deploy(deploy::Deploy),
    Invoke(invoke::Invoke),
    Logs(logs::Logs),
    List(functions::List),
    Remove(functions::Remove),
    Watch(watch::Watch),
}

impl FcCommand {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.step {
            Step::Deploy(deploy) => deploy.run(),
            Step::Invoke(invoke) => invoke.run(),
            Step::Logs(logs) => logs.run(),
            Step::List(list) => list.run(),
            Step::Remove(remove) => remove.run(),
            Step::Watch(watch) => watch.run(),
        }
    }
}

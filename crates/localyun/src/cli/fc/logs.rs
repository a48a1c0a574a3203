//! `localyun fc logs`.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use signature::encode::component;

use crate::cli::{Failure, Remote, print, tell};
use crate::client::Client;

/// How often a server is asked for what is new.
const INTERVAL: Duration = Duration::from_millis(500);

/// Print what the last invocations of a function have logged, the oldest first
///
/// The server keeps the last 1024 invocations of all functions in memory, of each the last 64 KiB, and 16 MiB in all. An
/// invocation is logged when it has ended.
#[derive(Debug, Args)]
pub(super) struct Logs {
    /// The name of the function
    name: String,
    /// Go on with the invocations to come, until SIGINT
    #[arg(short, long)]
    follow: bool,
    /// The region that the function is in
    #[arg(long, value_name = "REGION", default_value = gateway::region::DEFAULT, value_parser = crate::cli::invoke::region)]
    region: String,
    /// The account that the function is in
    #[arg(long, value_name = "UID", default_value = identity::DEFAULT_ACCOUNT)]
    account: String,
    #[command(flatten)]
    remote: Remote,
}

/// What the server tells.
#[derive(Debug, Deserialize)]
struct Told {
    invocations: Vec<Invocation>,
    last: u64,
}

#[derive(Debug, Deserialize)]
struct Invocation {
    text: String,
}

impl Logs {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.remote.client();
        let told = self.after(&client, 0)?;
        if told.invocations.is_empty() {
            tell(format_args!(
                "localyun: no invocation of `{}` in {} is kept; `localyun fc invoke {}` makes one",
                self.name, self.region, self.name
            ));
        }
        show(&told)?;
        if !self.follow {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.follow(&client, told.last))
    }

    /// Ends when the server does.
    async fn follow(&self, client: &Client, mut last: u64) -> Result<(), Failure> {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            let mut told = self.after(client, last)?;
            // Another server than before, which counts anew.
            if told.last < last {
                told = self.after(client, 0)?;
            }
            show(&told)?;
            last = told.last;
        }
    }

    fn after(&self, client: &Client, number: u64) -> Result<Told, Failure> {
        let page = format!(
            "function-logs?function={}&region={}&account={}&after={number}",
            component(&self.name),
            component(&self.region),
            component(&self.account)
        );
        Ok(client.get(&page)?)
    }
}

fn show(told: &Told) -> Result<(), Failure> {
    for Invocation { text } in &told.invocations {
        print(text)?;
        if !text.ends_with('\n') {
            print("\n")?;
        }
    }
    Ok(())
}

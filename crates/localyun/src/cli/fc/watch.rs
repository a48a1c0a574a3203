//! `localyun fc watch`.

use std::time::Duration;

use clap::Args;
use tokio::time::MissedTickBehavior;

use super::deploy::What;
use super::package::{self, Entry};
use crate::cli::{Failure, stop_signal, tell};

/// How often the folder is looked at. What is saved is deployed once it stays the same for so long.
const INTERVAL: Duration = Duration::from_millis(250);

/// Deploy a folder, and again whenever a file in it is saved, until SIGINT or SIGTERM
///
/// The arguments are those of `localyun fc deploy`. A deployment that fails is told, and the next save tries again.
/// Invocations under way end with the code that they began with.
#[derive(Debug, Args)]
pub(super) struct Watch {
    #[command(flatten)]
    what: What,
}

impl Watch {
    pub(super) fn run(&self) -> Result<(), Failure> {
        // What is there while it is deployed; so nothing that is saved meanwhile is missed.
        let deployed = self.look();
        self.what.deploy()?;
        tell(format_args!(
            "localyun: watching {}; Ctrl-C ends it",
            self.what.folder.display()
        ));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let stop = stop_signal()?;
            tokio::select! {
                () = self.follow(deployed) => Ok(()),
                () = stop => Ok(()),
            }
        })
    }

    /// Never ends.
    async fn follow(&self, mut deployed: Option<Vec<Entry>>) {
        let mut ticks = tokio::time::interval(INTERVAL);
        // A deployment can take longer; what is saved meanwhile still has to stay the same for so long.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = deployed.clone();
        loop {
            ticks.tick().await;
            let now = self.look();
            if now != deployed && now == before {
                deployed.clone_from(&now);
                if let Err(failure) = self.what.deploy() {
                    tell(format_args!("localyun: {}", failure.sentence()));
                }
            }
            before = now;
        }
    }

    /// What lies in the folder; nothing while it cannot be read, which the deployment tells.
    fn look(&self) -> Option<Vec<Entry>> {
        package::entries(&self.what.folder).ok()
    }
}

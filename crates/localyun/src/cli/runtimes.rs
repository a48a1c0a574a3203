//! `localyun runtimes`: what runs Python functions, and the packages that they find there.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use fc::RuntimeName;

use super::{Failure, print, stop_signal, tell};
use crate::interpreters::pythons;
use crate::{InterpreterConfig, PythonSpec};

/// See which interpreters run Python functions, and install the packages that the cloud has built in
#[derive(Debug, Args)]
pub(super) struct RuntimesCommand {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    List(List),
    Install(Install),
}

impl RuntimesCommand {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let stop = stop_signal()?;
            let step = async {
                match &self.step {
                    Step::List(list) => list.run().await,
                    Step::Install(install) => install.run().await,
                }
            };
            tokio::select! {
                done = step => done,
                // Dropping the other future removes what is half made.
                () = stop => Err("interrupted; nothing half-made is left".into()),
            }
        })
    }
}

#[derive(Debug, Args)]
struct Place {
    /// The interpreter of all runtimes or of one, instead of those found on the path; repeat for more
    #[arg(
        long,
        env = "LOCALYUN_PYTHON",
        value_name = "[RUNTIME=]PROGRAM",
        value_delimiter = ','
    )]
    python: Vec<PythonSpec>,
    /// Where packages are kept; by default ~/.cache/localyun
    #[arg(long, env = "LOCALYUN_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl Place {
    fn config(&self) -> InterpreterConfig {
        InterpreterConfig {
            python: self.python.clone(),
            cache: self.cache.clone(),
            ..InterpreterConfig::new(std::env::vars_os())
        }
    }
}

/// The runtimes of Python, the interpreter of each, and whether the packages of the cloud are installed for it
#[derive(Debug, Args)]
struct List {
    /// List the packages that this runtime has built in instead, as requirements for pip
    #[arg(value_name = "RUNTIME", value_parser = python)]
    runtime: Option<RuntimeName>,
    #[command(flatten)]
    place: Place,
}

impl List {
    async fn run(&self) -> Result<(), Failure> {
        if let Some(runtime) = self.runtime {
            let lines = fc::built_in_packages(runtime).map(|line| format!("{line}\n"));
            return Ok(print(&lines.collect::<String>())?);
        }
        let config = self.place.config();
        let cache = config.cache()?;
        for runtime in pythons() {
            let line = match config.interpreter(runtime).await {
                Err(why) => why,
                Ok(found) => {
                    let (major, minor, patch) = found.version();
                    let installed = fc::with_built_in(runtime, &found, &cache).is_some();
                    let packages = if installed {
                        "packages installed"
                    } else {
                        "no packages"
                    };
                    let program = found.program().display();
                    let other = if found.warning().is_some() {
                        ", not the cloud's version"
                    } else {
                        ""
                    };
                    format!("Python {major}.{minor}.{patch}{other}, {packages}, {program}")
                }
            };
            print(&format!("{:<11} {line}\n", runtime.as_str()))?;
        }
        Ok(())
    }
}

/// Install the packages that the cloud's runtime has built in, for the interpreter that runs it here
///
/// They are installed with pip into an environment of their own in the cache, once, and need no network after that. Whatever
/// runs functions uses it from its next start on: `localyun invoke` and `localyun start`. What lies beside the handler or in
/// a layer comes first. An installation that is interrupted leaves nothing.
#[derive(Debug, Args)]
struct Install {
    /// python3, python3.9, python3.10 or python3.12
    #[arg(value_name = "RUNTIME", required = true, value_parser = python)]
    runtimes: Vec<RuntimeName>,
    #[command(flatten)]
    place: Place,
}

impl Install {
    async fn run(&self) -> Result<(), Failure> {
        let config = self.place.config();
        let cache = config.cache()?;
        let say = |sentence: &str| tell(format_args!("localyun: {sentence}"));
        for &runtime in &self.runtimes {
            let found = config.interpreter(runtime).await?;
            if let Some(warning) = found.warning() {
                say(&format!("{warning}; the packages may be newer than there"));
            }
            let made = fc::install_built_in(runtime, found, &cache, &config.environment, &say);
            let program = made.await?.program().to_owned();
            print(&format!("{}\n", program.display()))?;
        }
        Ok(())
    }
}

fn python(text: &str) -> Result<RuntimeName, String> {
    let found = pythons().find(|runtime| runtime.as_str() == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = pythons().map(RuntimeName::as_str).collect();
        format!("the runtimes of Python are {}", names.join(", "))
    })
}

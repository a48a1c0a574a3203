//! The command line.

mod admin;
mod ecs_role;
mod env;
mod explain;
mod fc;
mod files;
mod invoke;
mod oidc_token;
mod permissions;
mod runtimes;
mod simulate;
mod start;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use signature::Secret;

use crate::client::Client;
use crate::config::DEFAULT_PORT;

/// Alibaba Cloud in a test: STS, RAM and OSS with real signatures, tokens and policies, and Function Compute
/// handlers, on one local port.
#[derive(Debug, Parser)]
#[command(name = "localyun", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Start(start::Start),
    Invoke(invoke::Invoke),
    Fc(fc::FcCommand),
    Runtimes(runtimes::RuntimesCommand),
    Env(env::Env),
    Explain(explain::Explain),
    Requests(explain::Requests),
    Health(admin::Health),
    Reset(admin::Reset),
    Clock(admin::ClockCommand),
    Snapshot(admin::SnapshotCommand),
    Account(admin::AccountCommand),
    Simulate(simulate::Simulate),
    Permissions(permissions::Permissions),
    EcsRole(ecs_role::EcsRoleCommand),
    OidcToken(oidc_token::OidcToken),
}

/// How an answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Which server a client command talks to.
#[derive(Debug, Clone, Args)]
struct Remote {
    /// The server, such as http://127.0.0.1:4577
    #[arg(long, env = "LOCALYUN_ENDPOINT", value_name = "URL")]
    endpoint: Option<String>,
    /// The admin token of a server that listens on more than this machine
    #[arg(
        long,
        env = "LOCALYUN_ADMIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    admin_token: Option<String>,
}

impl Remote {
    /// A client of the server that was named, else of the one on the default port.
    fn client(&self) -> Client {
        self.patient_client(Duration::from_secs(60))
    }

    /// The same, which waits so long for an answer.
    fn patient_client(&self, timeout: Duration) -> Client {
        let default = || format!("http://127.0.0.1:{DEFAULT_PORT}");
        let endpoint = self.endpoint.clone().unwrap_or_else(default);
        let token = self.admin_token.clone().map(Secret::new);
        Client::new(&endpoint, token, timeout)
    }

    /// The same, or none where no server was named and none runs on the default port.
    fn client_if_running(&self) -> Option<Client> {
        let client = self.client();
        let running = || client.get::<serde_json::Value>("health").is_ok();
        (self.endpoint.is_some() || running()).then_some(client)
    }
}

/// Done at the first SIGINT or SIGTERM. Registered at once, so that no signal is lost while the server starts.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Writes to the standard output. That the reader has seen enough is no failure.
fn print(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Writes a line to the standard error, which nobody may be reading any more (`2>&1 | head`): then there is nobody to tell.
fn tell(line: fmt::Arguments<'_>) {
    let mut to = io::stderr().lock();
    let _ = to.write_fmt(line).and_then(|()| to.write_all(b"\n"));
}

/// Why a command failed: a sentence for people, or nothing more to say than the exit code.
#[derive(Debug)]
enum Failure {
    Said(String),
    /// What was asked makes no sense, as a sentence.
    Misused(String),
    Silent,
}

impl Failure {
    fn misused(why: impl std::fmt::Display) -> Self {
        Self::Misused(why.to_string())
    }

    /// The sentence; empty where there is nothing more to say.
    fn sentence(&self) -> &str {
        match self {
            Self::Said(sentence) | Self::Misused(sentence) => sentence,
            Self::Silent => "",
        }
    }
}

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Said(error.to_string())
    }
}

/// Runs the command that the program's arguments name. The exit code is 0 when it did what it was asked for, 1
/// when not, 2 when the arguments are wrong.
pub fn main() -> ExitCode {
    // First of all: functions are started by this very program.
    if let Some(code) = ::fc::launch_if_asked() {
        return code;
    }
    let outcome = match Cli::parse().command {
        Command::Start(start) => start.run(),
        Command::Invoke(invoke) => invoke.run(),
        Command::Fc(fc) => fc.run(),
        Command::Runtimes(runtimes) => runtimes.run(),
        Command::Env(env) => env.run(),
        Command::Explain(explain) => explain.run(),
        Command::Requests(requests) => requests.run(),
        Command::Health(health) => health.run(),
        Command::Reset(reset) => reset.run(),
        Command::Clock(clock) => clock.run(),
        Command::Snapshot(snapshot) => snapshot.run(),
        Command::Account(account) => account.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Permissions(permissions) => permissions.run(),
        Command::EcsRole(role) => role.run(),
        Command::OidcToken(token) => token.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Silent) => ExitCode::FAILURE,
        Err(Failure::Said(sentence)) => {
            tell(format_args!("localyun: {sentence}"));
            ExitCode::FAILURE
        }
        Err(Failure::Misused(sentence)) => {
            tell(format_args!("localyun: {sentence}"));
            ExitCode::from(2)
        }
    }
}

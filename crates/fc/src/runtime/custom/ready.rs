//! When a program is ready for its first request, and why it is not.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::api::Api;
use super::command::Command;
use super::instance::Core;
use super::server::Server;
use super::{CustomRuntime, health};
use crate::Function;
use crate::runtime::tenant::Waited;
use crate::runtime::{NotStarted, StartCode, StartError};

/// From the first look at a port to the next. It grows to [`LONGEST_LOOK`].
const FIRST_LOOK: Duration = Duration::from_millis(5);
const LONGEST_LOOK: Duration = Duration::from_millis(100);
/// How much of the log comes with the news that a program did not start, in bytes.
const LOG_SHOWN: usize = 4 << 10;
/// The longest delay of a first check and the longest check, twice over.
const MOST_PATIENCE: Duration = Duration::from_secs(2 * (120 + 3));
/// The system's number of a permission that is missing.
const EACCES: i32 = 13;

impl CustomRuntime {
    /// Waits until the program listens or asks.
    pub(super) async fn ready(
        &self,
        core: Core,
        function: &Function,
        command: &Command,
    ) -> Result<Core, StartError> {
        let listens = function.runtime.listens();
        let look = async {
            let asked = async {
                match &core.api {
                    Some(api) => api.asked().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = asked => {}
                () = answers(&core.server), if listens => {}
            }
        };
        let port = function.custom.port;
        let refused = match core.tenant.attend(self.budget, look).await {
            Waited::Done(()) => return Ok(core),
            Waited::TimedOut => self.unhealthy(&core, port).await,
            Waited::Died => exited(&core, command),
        };
        Err(core.refused(refused))
    }

    async fn unhealthy(&self, core: &Core, port: u16) -> NotStarted {
        let seconds = self.budget.as_secs_f64();
        let mut message =
            format!("Function instance health check failed on port {port} in {seconds} seconds.");
        if core.server.hides_on_loopback().await {
            message
                .push_str(" localyun: it listens on 127.0.0.1 only, and has to listen on 0.0.0.0.");
        }
        NotStarted {
            code: StartCode::NotStarted,
            message,
        }
    }
}

impl Core {
    /// The first check of its health, which decides, and those that follow.
    pub(super) async fn settle(self: &Arc<Self>) -> Result<(), StartError> {
        let asks = self.api.as_ref().is_some_and(Api::is_used);
        let Some(check) = self.health_check.as_ref().filter(|_| !asks) else {
            return Ok(());
        };
        let first = async {
            sleep(check.initial_delay).await;
            health::ask(&self.server, check).await
        };
        let why = match self.tenant.attend(MOST_PATIENCE, first).await {
            Waited::Done(Ok(())) => {
                health::follow(self, check.clone());
                return Ok(());
            }
            Waited::Done(Err(why)) => why,
            Waited::Died => "with error: the program has ended".to_owned(),
            Waited::TimedOut => format!("in {} seconds", MOST_PATIENCE.as_secs()),
        };
        Err(self.refused(NotStarted {
            code: StartCode::NotStarted,
            message: format!(
                "The function http server cannot be started. check function health failed {why}"
            ),
        }))
    }

    /// The news that it did not start, with what it has said.
    fn refused(&self, refused: NotStarted) -> StartError {
        self.tenant.output.drain();
        let log = self.tenant.output.take();
        let log = String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_SHOWN)..]);
        refused.with_log(&log).into()
    }
}

/// Returns once something listens.
async fn answers(server: &Server) {
    let mut pause = FIRST_LOOK;
    while server.connect().await.is_err() {
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_LOOK);
    }
}

/// Why a program is gone. What the launcher says of one that could not even be started has the system's number.
fn exited(core: &Core, command: &Command) -> NotStarted {
    core.tenant.output.drain();
    let said = core.tenant.output.text();
    let of_system = said.strip_prefix("localyun: the program cannot be started: ");
    let of_system = of_system.and_then(|rest| {
        let (message, rest) = rest.split_once(" (os error ")?;
        let (number, _) = rest.split_once(')')?;
        Some((number.parse::<i32>().ok()?, message.to_lowercase()))
    });
    let code = match of_system {
        Some((EACCES, _)) => StartCode::FilePermission,
        _ => StartCode::Exited,
    };
    let (number, message) = of_system.unwrap_or_else(|| {
        let number = core.tenant.process.exit_code().unwrap_or(-1);
        (number, format!("exit status {number}"))
    });
    let command = command.text();
    NotStarted {
        code,
        message: format!(
            "Function instance exited unexpectedly(code {number}, message:{message}) with start command '{command}'."
        ),
    }
}

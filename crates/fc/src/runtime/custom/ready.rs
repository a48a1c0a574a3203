//! When a program is ready for its first request, and why it is not.

use std::time::Duration;

use http::{HeaderValue, Request};
use tokio::time::{sleep, timeout};

use super::CustomRuntime;
use super::command::Command;
use super::instance::{Core, Waited};
use super::server::Server;
use crate::runtime::{NotStarted, StartCode, StartError};
use crate::{Function, HealthCheck};

/// From the first look at a port to the next. It grows to [`LONGEST_LOOK`].
const FIRST_LOOK: Duration = Duration::from_millis(5);
const LONGEST_LOOK: Duration = Duration::from_millis(100);
/// How much of the log comes with the news that a program did not start, in bytes.
const LOG_SHOWN: usize = 4 << 10;
/// The system's number of a permission that is missing.
const EACCES: i32 = 13;

impl CustomRuntime {
    /// Waits until the program listens or asks, and is healthy.
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
                () = asked => return Ok(()),
                () = answers(&core.server), if listens => {}
            }
            match &function.custom.health_check {
                Some(check) => check_health(&core.server, check).await,
                None => Ok(()),
            }
        };
        let port = function.custom.port;
        let refused = match core.attend(self.budget, look).await {
            Waited::Done(Ok(())) => return Ok(core),
            Waited::Done(Err(why)) => NotStarted {
                code: StartCode::NotStarted,
                message: format!(
                    "The function http server cannot be started. check function health failed {why}"
                ),
            },
            Waited::TimedOut => self.unhealthy(&core, port).await,
            Waited::Died => exited(&core, command),
        };
        core.output.drain();
        let log = core.output.take();
        let log = String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_SHOWN)..]).into_owned();
        Err(refused.with_log(&log).into())
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

/// Returns once something listens.
async fn answers(server: &Server) {
    let mut pause = FIRST_LOOK;
    while server.connect().await.is_err() {
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_LOOK);
    }
}

/// The first check decides. `Err` says how it failed.
async fn check_health(server: &Server, check: &HealthCheck) -> Result<(), String> {
    sleep(check.initial_delay).await;
    let target = check
        .path
        .parse()
        .map_err(|_| format!("with path: {}", check.path))?;
    let mut request = Request::new(bytes::Bytes::new());
    *request.uri_mut() = target;
    let host = HeaderValue::from_static("localhost");
    request.headers_mut().insert(http::header::HOST, host);
    match timeout(check.timeout, server.send(&request)).await {
        Err(_) => Err(format!("with timeout: {} seconds", check.timeout.as_secs())),
        Ok(Err(silent)) => Err(format!("with error: {silent}")),
        Ok(Ok(answer)) if (200..400).contains(&answer.status.as_u16()) => Ok(()),
        Ok(Ok(answer)) => Err(format!("with status code: {}", answer.status.as_u16())),
    }
}

/// Why a program is gone. What the launcher says of one that could not even be started has the system's number.
fn exited(core: &Core, command: &Command) -> NotStarted {
    core.output.drain();
    let said = core.output.text();
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
        let number = core.process.exit_code().unwrap_or(-1);
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

//! Debugging a handler.

use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use fc::{HostEnvironment, PythonRuntime, SandboxLevel};
use serde_json::json;

use crate::cli::{Failure, tell};

/// How often it is looked whether a port is listened on.
const LOOK: Duration = Duration::from_millis(50);

/// Whether handlers of this runtime can be debugged.
pub(super) async fn check(
    python: &PythonRuntime,
    environment: &HostEnvironment,
) -> Result<(), Failure> {
    let interpreter = python.interpreter();
    if !interpreter.has("debugpy", environment).await {
        let program = interpreter.program().display();
        return Err(format!(
            "--debug needs debugpy where the handler runs; `{program} -m pip install debugpy` installs it"
        )
        .into());
    }
    let report = python.isolation().report().await?;
    if report.level == SandboxLevel::None {
        let why = report.reason.map(|why| format!(" ({why})"));
        return Err(format!(
            "--debug needs the handler's code at /code, and there are no namespaces{}",
            why.unwrap_or_default()
        )
        .into());
    }
    Ok(())
}

/// Done once something listens on this port of 127.0.0.1. It is not connected to: that would be taken for the debugger.
pub(super) async fn listens(port: u16) {
    while !fs::read_to_string("/proc/net/tcp").is_ok_and(|table| has_listener(&table, port)) {
        tokio::time::sleep(LOOK).await;
    }
}

/// Looks for a line of `/proc/net/tcp` in the state LISTEN (`0A`), whose second field is `ADDRESS:PORT` in hexadecimal.
fn has_listener(table: &str, port: u16) -> bool {
    let local = format!("0100007F:{port:04X}");
    table.lines().any(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        fields.next() == Some(&local) && fields.nth(1) == Some("0A")
    })
}

/// Says where the debugger has to go, with a configuration for Visual Studio Code.
pub(super) fn announce(port: u16, code: &Path) -> io::Result<()> {
    let code = code.canonicalize()?;
    let folder = match code.is_dir() {
        true => &*code,
        false => code.parent().unwrap_or(&code),
    };
    let configuration = json!({
        "name": "LocalYun",
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": "127.0.0.1", "port": port},
        "pathMappings": [{"localRoot": folder, "remoteRoot": "/code"}],
        "justMyCode": true,
    });
    tell(format_args!(
        "localyun: the handler waits for a debugger on 127.0.0.1:{port}; for Visual Studio Code, in .vscode/launch.json:\n\
         {configuration:#}"
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_found_and_a_connection_is_none() {
        let table = "  sl  local_address rem_address   st tx_queue\n   0: 0100007F:162E 00000000:0000 0A 0:0\n   \
                     1: 0100007F:162F 0100007F:162E 01 0:0\n";
        assert!(has_listener(table, 5678));
        assert!(!has_listener(table, 5679));
        assert!(!has_listener("", 5678));
    }
}

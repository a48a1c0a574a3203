//! The real binary.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// A server that is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts it on a folder of data and waits until it serves.
    pub(crate) fn start(work: &Path) -> io::Result<Server> {
        let url_file = work.join("url");
        if url_file.exists() {
            fs::remove_file(&url_file)?;
        }
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(work.join("log"))?;
        let mut process = Command::new(binary())
            .args([
                "start",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--url-file",
            ])
            .arg(&url_file)
            .arg("--data")
            .arg(work.join("data"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        loop {
            if let Ok(url) = fs::read_to_string(&url_file) {
                let url = url.trim_end().to_owned();
                return Ok(Server { process, url });
            }
            if let Some(status) = process.try_wait()? {
                let log = fs::read_to_string(work.join("log")).unwrap_or_default();
                return Err(io::Error::other(format!(
                    "the server ended ({status}):\n{log}"
                )));
            }
            pause(Duration::from_millis(2));
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// The binary of this build, or the one that `LOCALYUN_BIN` names.
fn binary() -> PathBuf {
    #[allow(clippy::disallowed_methods, reason = "a test's own setting")]
    let given = std::env::var_os("LOCALYUN_BIN");
    given.map_or_else(|| env!("CARGO_BIN_EXE_localyun").into(), PathBuf::from)
}

/// Waits for something that cannot be waited for in another way.
pub(crate) fn pause(time: Duration) {
    let (_silent, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(time);
}

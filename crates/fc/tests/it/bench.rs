//! A function in a temporary directory, and what running it gave.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fc::{
    Credentials, Function, HostEnvironment, Instance, Interpreter, Invocation, Isolation, Launch,
    Launcher, Network, Outcome, PythonRuntime, Runtime, RuntimeName, SandboxLevel,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;

pub(crate) const REQUEST_ID: &str = "1-64f6cd87-12345678-0123456789ab";
/// Nothing listens here.
pub(crate) const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

/// A function whose code can still be changed.
pub(crate) struct Bench {
    folder: TempDir,
    pub(crate) function: Function,
    pub(crate) launch: Launch,
    pub(crate) invocation: Invocation,
    level: SandboxLevel,
}

impl Bench {
    /// `source` becomes `index.py`. The time limit is generous: machines that build are busy.
    pub(crate) fn new(source: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut function = Function::new(
            "demo",
            "index.handler",
            RuntimeName::Python310,
            folder.path(),
        );
        function.timeout = Duration::from_secs(60);
        let network = Network {
            emulator: NOWHERE,
            server: None,
            allow_other_hosts: false,
        };
        let launch = Launch {
            instance_id: "c-64f6cd87-0123456789ab".into(),
            account_id: "1234567890123456".into(),
            region: "cn-shenzhen".into(),
            credentials: None,
            network,
        };
        let invocation = Invocation {
            request_id: REQUEST_ID.into(),
            ..Invocation::default()
        };
        Self {
            folder,
            function,
            launch,
            invocation,
            level: SandboxLevel::Auto,
        }
        .file("index.py", source)
    }

    /// Like [`Bench::new`], without walls: for what is to be seen from outside.
    pub(crate) fn bare(source: &str) -> Self {
        Self {
            level: SandboxLevel::None,
            ..Self::new(source)
        }
    }

    pub(crate) fn level(self, level: SandboxLevel) -> Self {
        Self { level, ..self }
    }

    /// A function whose handler returns `expression`.
    pub(crate) fn returning(expression: &str) -> Self {
        Self::new(&format!(
            "def handler(event, context):\n    return {expression}\n"
        ))
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn handler(mut self, handler: &str) -> Self {
        self.function.handler = handler.into();
        self
    }

    pub(crate) fn runtime(mut self, runtime: RuntimeName) -> Self {
        self.function.runtime = runtime;
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.function.timeout = timeout;
        self
    }

    pub(crate) fn event(mut self, event: impl Into<Bytes>) -> Self {
        self.invocation.event = event.into();
        self
    }

    pub(crate) fn credentials(mut self) -> Self {
        let credentials = Credentials {
            access_key_id: "STS.id".into(),
            access_key_secret: "the-secret".into(),
            security_token: "the-token".into(),
        };
        self.launch.credentials = Some(credentials.clone());
        self.invocation.credentials = Some(credentials);
        self
    }

    pub(crate) fn emulator(mut self, address: SocketAddr) -> Self {
        self.launch.network.emulator = address;
        self
    }

    pub(crate) async fn start(&self) -> Box<dyn Instance> {
        python(self.level)
            .await
            .start(&self.function, &self.launch)
            .await
            .unwrap()
    }

    pub(crate) async fn run(&self) -> Outcome {
        self.start().await.invoke(self.invocation.clone()).await
    }

    /// The body of a request that succeeds.
    pub(crate) async fn answer(&self) -> String {
        let outcome = self.run().await;
        assert_eq!(outcome.error, None, "{}", text(&outcome.log));
        text(&outcome.body)
    }

    /// The body of a request that succeeds, as JSON.
    pub(crate) async fn json(&self) -> Value {
        serde_json::from_str(&self.answer().await).unwrap()
    }

    /// The error object of a request that fails.
    pub(crate) async fn failure(&self) -> Value {
        let outcome = self.run().await;
        assert_eq!(outcome.error.unwrap().as_str(), "UnhandledInvocationError");
        serde_json::from_slice(&outcome.body).unwrap()
    }
}

/// A runtime with the machine's Python, or the one that `LOCALYUN_TEST_PYTHON` names.
pub(crate) async fn python(level: SandboxLevel) -> PythonRuntime {
    PythonRuntime::new(interpreter().await, isolation(level).await).unwrap()
}

pub(crate) async fn isolation(level: SandboxLevel) -> Arc<Isolation> {
    let launcher = Launcher::at(env!("CARGO_BIN_EXE_fc-launcher"));
    Arc::new(Isolation::new(launcher, level))
}

pub(crate) async fn interpreter() -> Interpreter {
    static FOUND: OnceCell<Interpreter> = OnceCell::const_new();
    let find = || async {
        let chosen = variable("LOCALYUN_TEST_PYTHON");
        let chosen = chosen.as_deref().map(Path::new);
        Interpreter::find(RuntimeName::Python310, chosen, &machine())
            .await
            .unwrap()
    };
    FOUND.get_or_init(find).await.clone()
}

/// The environment of the tests themselves.
pub(crate) fn machine() -> HostEnvironment {
    HostEnvironment::new(std::env::vars_os())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration to ask"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

//! `localyun invoke`: a handler, run once as Function Compute would.

mod debug;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;
use std::{fs, io};

use clap::Args;
use fc::{Credentials, Function, Invocation, Launch, Network, Outcome};
use fc::{PythonRuntime, RuntimeName, SandboxLevel};
use gateway::Clock;

use super::{Failure, Remote, stop_signal, tell};
use crate::client::Client;
use crate::invoke::{Prepare, Prepared};
use crate::{BucketSpec, Cloud, Config, InterpreterConfig, PythonSpec, Server, log};

/// The largest event, in bytes (spec/fc.md §1.9).
const MAX_EVENT: u64 = 32 << 20;

/// Run a handler once, the way Function Compute would, and print what it returns
#[derive(Debug, Args)]
#[command(after_help = "\
The result goes to standard output and the function's log to standard error. The exit code is 1 when the function \
failed.

The handler runs in namespaces of its own where the system allows that: it sees /code, /tmp and /opt as in the cloud, \
and nothing of your home. Where it is not allowed, as in most containers, this is said, and the handler has the file \
system of whoever runs this. Its memory is limited. This is no protection from hostile code: run code that you trust.

Without --endpoint, and with no server on the default port, a throw-away cloud is started for the one run. Inside \
the handler the real host names lead to the emulated cloud, so an endpoint such as \
http://oss-cn-shenzhen-internal.aliyuncs.com works unchanged.

Example:
  localyun invoke examples/access_oss --handler index.handler --role-policy put-only.json \\
    --bucket oss-demo@cn-shenzhen --event @event.json")]
pub(super) struct Invoke {
    /// The directory with the code, or one .py file
    path: PathBuf,
    /// `file.function`
    #[arg(long, value_name = "FILE.FUNCTION", default_value = "index.handler")]
    handler: String,
    /// The event: its text, @FILE, or - for standard input
    #[arg(long, value_name = "TEXT|@FILE|-", default_value = "")]
    event: String,
    /// A role of the running server that trusts fc.aliyuncs.com
    #[arg(long, value_name = "NAME", conflicts_with = "role_policy")]
    role: Option<String>,
    /// A file with a RAM policy, looked for here and beside the code: a role is made that has just it
    #[arg(long, value_name = "FILE")]
    role_policy: Option<PathBuf>,
    /// A bucket to make if it is not there; repeat for more
    #[arg(long = "bucket", value_name = "NAME[@REGION]", value_delimiter = ',')]
    buckets: Vec<BucketSpec>,
    /// python3, python3.9, python3.10 or python3.12
    #[arg(long, value_name = "NAME", default_value = "python3.10")]
    runtime: RuntimeName,
    /// The interpreter of all runtimes or of one, instead of the one found for the runtime
    #[arg(
        long,
        env = "LOCALYUN_PYTHON",
        value_name = "[RUNTIME=]PROGRAM",
        value_delimiter = ','
    )]
    python: Vec<PythonSpec>,
    /// The region that the function is in
    #[arg(long, value_name = "REGION", default_value = gateway::region::DEFAULT, value_parser = region)]
    region: String,
    /// How long the function may take, in seconds, the import of its module included
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86400))]
    timeout: u32,
    /// The memory size in MB; a function that takes more is ended
    #[arg(long, value_name = "MB", default_value_t = 512)]
    memory: u32,
    /// auto: namespaces of its own where the system allows them; none: without; strict: also a network with nothing in it
    /// but the emulator, fewer system calls, and as root a user of its own
    #[arg(long, env = "LOCALYUN_SANDBOX", value_name = "LEVEL", default_value_t)]
    sandbox: SandboxLevel,
    /// Wait for a debugger before the handler's module is imported, on this port of the loopback address. Needs debugpy in
    /// the handler's interpreter, and namespaces. There is no time limit then
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "5678",
          value_parser = clap::value_parser!(u16).range(1..))]
    debug: Option<u16>,
    /// An environment variable of the function; repeat for more
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// Let the handler reach hosts that are not part of the cloud; real *.aliyuncs.com is never reached
    #[arg(long)]
    allow_other_hosts: bool,
    /// Where packages for functions are kept; by default ~/.cache/localyun
    #[arg(long, env = "LOCALYUN_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

pub(super) fn region(text: &str) -> Result<String, String> {
    format!("x@{text}")
        .parse::<BucketSpec>()
        .map(|spec| spec.region)
}

pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("a variable is written NAME=VALUE")?;
    let legal = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !legal {
        return Err(format!(
            "the name `{name}` must begin with a letter and have only letters, digits and _"
        ));
    }
    if name.starts_with("FC_") {
        return Err(format!(
            "the name `{name}` begins with FC_, which the cloud keeps for itself"
        ));
    }
    Ok((name.to_owned(), value.to_owned()))
}

impl Invoke {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let _log = log::start(log::LogFormat::Text, "warn")?;
        let event = read_event(&self.event)?;
        let prepare = self.prepare()?;
        let remote = self.remote.client_if_running();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let outcome = runtime.block_on(async {
            let stop = stop_signal()?;
            tokio::select! {
                outcome = self.outcome(remote.as_ref(), &prepare, event) => outcome,
                // Dropping the other future ends the handler and everything that it started.
                () = stop => Err("interrupted; the handler was ended".into()),
            }
        })?;
        show(&outcome)
    }

    async fn outcome(
        &self,
        remote: Option<&Client>,
        prepare: &Prepare,
        event: Vec<u8>,
    ) -> Result<Outcome, Failure> {
        let python = self.python().await?;
        match remote {
            Some(client) => {
                let prepared: Prepared = client.post("prepare", prepare)?;
                let server = address_of(client)?;
                // Where the server is another machine, its door for functions is not for us.
                let door = prepared.functions.filter(|_| server.ip().is_loopback());
                self.call(&python, prepared, door.unwrap_or(server), server, event)
                    .await
            }
            None => self.with_own_cloud(&python, prepare, event).await,
        }
    }

    fn prepare(&self) -> Result<Prepare, Failure> {
        let role_policy = self
            .role_policy
            .as_deref()
            .map(|file| self.read_policy(file));
        Ok(Prepare {
            buckets: self.buckets.iter().map(ToString::to_string).collect(),
            role: self.role.clone(),
            role_policy: role_policy.transpose()?,
            role_name: None,
            session_name: session_name(&self.name()),
        })
    }

    /// A relative path is looked up here first, then beside the code.
    fn read_policy(&self, file: &Path) -> Result<String, Failure> {
        let folder = if self.path.is_dir() {
            Some(self.path.as_path())
        } else {
            self.path.parent()
        };
        let beside = folder.map(|folder| folder.join(file));
        let found = [Some(file.to_owned()), beside]
            .into_iter()
            .flatten()
            .find(|p| p.is_file());
        let found = found.ok_or_else(|| {
            format!(
                "there is no policy file `{}` here or beside the code",
                file.display()
            )
        })?;
        Ok(fs::read_to_string(&found)
            .map_err(|e| format!("cannot read the policy {}: {e}", found.display()))?)
    }

    /// The function is called as its code is.
    fn name(&self) -> String {
        let stem = self
            .path
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned());
        stem.filter(|s| !s.is_empty() && s != "." && s != "..")
            .unwrap_or_else(|| "function".to_owned())
    }

    fn function(&self) -> Function {
        let mut function = Function::new(self.name(), &self.handler, self.runtime, &self.path);
        function.timeout = Duration::from_secs(u64::from(self.timeout));
        function.memory_mb = self.memory;
        function.debug = self.debug;
        function.environment = BTreeMap::from_iter(self.variables.iter().cloned());
        function
    }

    /// An interpreter for the runtime; with oss2 where the code speaks of it.
    async fn python(&self) -> Result<PythonRuntime, Failure> {
        let config = InterpreterConfig {
            python: self.python.clone(),
            cache: self.cache.clone(),
            sandbox: self.sandbox,
            ..InterpreterConfig::new(std::env::vars_os())
        };
        let contradiction = config.contradiction(self.allow_other_hosts);
        contradiction.map_or(Ok(()), |why| Err(Failure::misused(why)))?;
        let say = |sentence: &str| tell(format_args!("localyun: {sentence}"));
        let python = config.find(&self.function(), &say).await?;
        if self.debug.is_some() {
            debug::check(&python, &config.environment).await?;
        }
        Ok(python)
    }

    /// The whole cloud for this one run.
    async fn with_own_cloud(
        &self,
        python: &PythonRuntime,
        prepare: &Prepare,
        event: Vec<u8>,
    ) -> Result<Outcome, Failure> {
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            allow_other_hosts: self.allow_other_hosts,
            ..Config::default()
        };
        let server = Server::bind(Cloud::new(config, Clock::system()).await?).await?;
        let prepared = prepare.run(server.cloud()).await?;
        let (door, address) = (server.functions_address(), server.address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async {
            // An error says that the sender is gone: then it is time to stop as well.
            let _ = stopped.await;
        }));
        let outcome = self.call(python, prepared, door, address, event).await;
        drop(stop);
        serving.await?;
        outcome
    }

    async fn call(
        &self,
        python: &PythonRuntime,
        prepared: Prepared,
        emulator: SocketAddr,
        server: SocketAddr,
        event: Vec<u8>,
    ) -> Result<Outcome, Failure> {
        let credentials = prepared.credentials.map(|keys| Credentials {
            access_key_id: keys.access_key_id,
            access_key_secret: keys.access_key_secret,
            security_token: keys.security_token,
        });
        let launch = Launch {
            instance_id: format!("c-{}", random_id()?),
            account_id: prepared.account,
            region: self.region.clone(),
            credentials: credentials.clone(),
            network: Network {
                emulator,
                server: Some(server),
                allow_other_hosts: self.allow_other_hosts,
            },
        };
        let invocation = Invocation {
            request_id: format!("1-{}", random_id()?),
            event: event.into(),
            credentials,
            ..Invocation::default()
        };
        let function = self.function();
        let invoked = fc::invoke_once(python, &function, &launch, invocation);
        let Some(port) = self.debug else {
            return Ok(invoked.await?);
        };
        let mut invoked = pin!(invoked);
        tokio::select! {
            outcome = &mut invoked => return Ok(outcome?),
            // It is listened on now.
            () = debug::listens(port) => debug::announce(port, &self.path)?,
        }
        Ok(invoked.await?)
    }
}

/// `<8 hex>-<8 hex>-<12 hex>`, the shape of ids in FC 3.0 (spec/fc.md §1.7).
fn random_id() -> Result<String, getrandom::Error> {
    let (a, b) = (getrandom::u64()?, getrandom::u64()?);
    Ok(format!(
        "{:08x}-{:08x}-{:012x}",
        a >> 32,
        a & 0xFFFF_FFFF,
        b >> 16
    ))
}

/// Session names have 2 to 64 letters, digits and `. @ _ -` (spec/identity.md §2.1).
fn session_name(function: &str) -> String {
    let legal = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '_' | '-');
    let mut name: String = function.chars().filter(legal).take(64).collect();
    while name.len() < 2 {
        name.push('-');
    }
    name
}

pub(super) fn read_event(given: &str) -> Result<Vec<u8>, Failure> {
    let mut event = Vec::new();
    if given == "-" {
        io::stdin().take(MAX_EVENT + 1).read_to_end(&mut event)?;
    } else if let Some(file) = given.strip_prefix('@') {
        event = fs::read(file).map_err(|e| format!("cannot read the event file {file}: {e}"))?;
    } else {
        event = given.as_bytes().to_vec();
    }
    if event.len() as u64 > MAX_EVENT {
        return Err("the event is larger than 32 MB, the limit of a synchronous invocation".into());
    }
    Ok(event)
}

fn address_of(client: &Client) -> Result<SocketAddr, Failure> {
    let endpoint = client.endpoint();
    let host = endpoint
        .strip_prefix("http://")
        .ok_or_else(|| format!("{endpoint} is not an http:// address"))?;
    let mut found = host
        .to_socket_addrs()
        .map_err(|e| format!("cannot resolve {host}: {e}"))?;
    Ok(found
        .next()
        .ok_or_else(|| format!("{host} has no address"))?)
}

fn show(outcome: &Outcome) -> Result<(), Failure> {
    io::stderr().write_all(&outcome.log)?;
    let mut out = io::stdout().lock();
    out.write_all(&outcome.body)?;
    if !outcome.body.ends_with(b"\n") {
        out.write_all(b"\n")?;
    }
    match outcome.error {
        None => Ok(()),
        Some(_) => Err(Failure::Silent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_are_legal_whatever_the_folder_is_called() {
        assert_eq!(session_name("access_oss"), "access_oss");
        assert_eq!(session_name("函数 x"), "x-");
        assert_eq!(session_name(&"a".repeat(80)).len(), 64);
    }

    #[test]
    fn variables_that_the_cloud_keeps_are_refused() {
        assert!(variable("FC_REGION=x").unwrap_err().contains("FC_REGION"));
        assert!(variable("1A=x").is_err());
        assert_eq!(
            variable("A=b=c").unwrap(),
            ("A".to_owned(), "b=c".to_owned())
        );
    }
}

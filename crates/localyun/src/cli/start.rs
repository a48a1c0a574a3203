//! `localyun start`.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use clap::{Args, ValueEnum};
use fc::SandboxLevel;
use gateway::{AuthMode, Clock, LineWriter};
use identity::FirstKey;
use signature::Secret;
use tokio::runtime::{Builder, Runtime};

use super::{Failure, stop_signal};
use crate::log::{self, LogFormat};
use crate::metadata::is_near;
use crate::{
    AccountUid, BindError, BucketSpec, Cloud, Config, InterpreterConfig, KeyPair, LentRole,
    PythonSpec, RoleSpec, Server,
};

/// Serve the emulated cloud until SIGINT or SIGTERM, then let the requests under way finish
#[derive(Debug, Args)]
#[command(after_help = "\
Every service is on the one port. SDKs reach it with the endpoint http://127.0.0.1:4577 (path style), or with the \
real host names through http_proxy.

The key `localyun` with the secret `localyun` is of a RAM user with AdministratorAccess; `localyun.root` with the \
secret `localyun.root` is the account's own and may not assume roles.

Without --data everything is kept in memory and gone when it stops. With --data everything survives a restart: what \
was answered with success is on the device (synced, many requests at a time), whether the server is stopped, killed \
or loses power. Whatever else --key and --bucket name is made if it is missing; nothing that is there is changed. One \
server has a data folder at a time. When a sync fails or the device cannot be trusted any more, the server refuses \
writes until it is started again; when the device is full, it refuses them until there is room.

The metadata service of ECS, from which SDKs get the credentials of an instance's role, answers on the one port to \
whoever asks for the host 100.100.100.200 (as through a proxy), and with --metadata on an address of its own. It asks \
nobody who he is, as in the real cloud: whoever reaches it gets the credentials of the role of --ecs-role. \
100.100.100.200:80, which the SDKs have built in, needs that address on this machine: `ip addr add 100.100.100.200/32 \
dev lo`, or a container network that has it.")]
pub(super) struct Start {
    /// Where to listen; repeat for more, of which the first is the one that is told. Port 0 picks a free one
    #[arg(
        long,
        env = "LOCALYUN_LISTEN",
        value_name = "ADDRESS:PORT",
        value_delimiter = ',',
        default_value = "127.0.0.1:4577"
    )]
    listen: Vec<SocketAddr>,
    /// The folder to keep everything in, made if it is not there; in memory if absent
    #[arg(long, env = "LOCALYUN_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A further name under which clients know this server; repeat for more. BUCKET.NAME is a bucket's host
    #[arg(
        long = "host",
        env = "LOCALYUN_HOST",
        value_name = "NAME",
        value_delimiter = ','
    )]
    hosts: Vec<String>,
    /// A further access key of the user `localyun`; repeat for more
    #[arg(
        long = "key",
        env = "LOCALYUN_KEY",
        value_name = "ID:SECRET",
        value_delimiter = ',',
        hide_env_values = true
    )]
    keys: Vec<KeyPair>,
    /// A further account that exists from the start, by its uid of 16 digits; repeat for more. Its administrator's key
    /// is `localyun.UID` and its root key `localyun.root.UID`, each its own secret
    #[arg(
        long = "account",
        env = "LOCALYUN_ACCOUNT",
        value_name = "UID",
        value_delimiter = ','
    )]
    accounts: Vec<AccountUid>,
    /// A bucket that exists from the start; repeat for more. The region is cn-hangzhou unless given
    #[arg(
        long = "bucket",
        env = "LOCALYUN_BUCKET",
        value_name = "NAME[@REGION]",
        value_delimiter = ','
    )]
    buckets: Vec<BucketSpec>,
    /// What becomes of requests that policies do not allow
    #[arg(long, env = "LOCALYUN_AUTH", value_enum, default_value_t)]
    auth: Auth,
    /// Write the server's URL to this file once it is ready
    #[arg(long, env = "LOCALYUN_URL_FILE", value_name = "FILE")]
    url_file: Option<PathBuf>,
    /// What opens the admin API to other machines; a random one, printed at start, if absent
    #[arg(
        long,
        env = "LOCALYUN_ADMIN_TOKEN",
        value_name = "TOKEN",
        value_parser = token,
        hide_env_values = true
    )]
    admin_token: Option<String>,
    /// A further address for the metadata service of ECS, such as 100.100.100.200:80; port 0 picks a free one, which
    /// `localyun health` says
    #[arg(long, env = "LOCALYUN_METADATA", value_name = "ADDRESS:PORT")]
    metadata: Option<SocketAddr>,
    /// Let the metadata service tell nothing without a token (IMDSv2 only)
    #[arg(long, env = "LOCALYUN_METADATA_TOKEN_REQUIRED", value_parser = clap::builder::FalseyValueParser::new(),
          action = clap::ArgAction::SetTrue)]
    metadata_token_required: bool,
    /// The role of the ECS instance that the metadata service speaks for: NAME, or UID:NAME in another account. It need
    /// not exist yet, and must trust ecs.aliyuncs.com
    #[arg(long, env = "LOCALYUN_ECS_ROLE", value_name = "ROLE")]
    ecs_role: Option<RoleSpec>,
    /// Give the credentials of a role to whoever asks /_localyun/credentials/ROLE/SECRET, for
    /// ALIBABA_CLOUD_CREDENTIALS_URI; repeat for more
    #[arg(
        long = "credentials",
        env = "LOCALYUN_CREDENTIALS",
        value_name = "ROLE:SECRET",
        value_delimiter = ',',
        hide_env_values = true
    )]
    lent: Vec<LentRole>,
    /// The interpreter that runs Python functions, of all runtimes or of one, instead of those found on the path; repeat
    /// for more
    #[arg(
        long,
        env = "LOCALYUN_PYTHON",
        value_name = "[RUNTIME=]PROGRAM",
        value_delimiter = ','
    )]
    python: Vec<PythonSpec>,
    /// Where packages for functions are kept; by default ~/.cache/localyun
    #[arg(long, env = "LOCALYUN_CACHE", value_name = "DIR")]
    cache: Option<PathBuf>,
    /// auto: functions have namespaces of their own where the system allows them; none: they have not; strict: also a
    /// network with nothing in it but the emulator, fewer system calls, and as root users of their own
    #[arg(long, env = "LOCALYUN_SANDBOX", value_name = "LEVEL", default_value_t)]
    sandbox: SandboxLevel,
    /// Let functions reach hosts that are not part of the cloud; real *.aliyuncs.com is never reached
    #[arg(long, env = "LOCALYUN_ALLOW_OTHER_HOSTS", value_parser = clap::builder::FalseyValueParser::new(),
          action = clap::ArgAction::SetTrue)]
    allow_other_hosts: bool,
    /// How many threads answer requests; by default half as many as there are cores, since clients need the others
    #[arg(long, env = "LOCALYUN_THREADS", value_name = "NUMBER")]
    threads: Option<NonZero<usize>>,
    /// What to log: a level, or levels by crate such as `warn,oss=debug`
    #[arg(
        long,
        env = "LOCALYUN_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    log: String,
    /// How log lines look
    #[arg(long, env = "LOCALYUN_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Auth {
    /// They are refused
    #[default]
    Enforce,
    /// They go through, and the decision is recorded; signatures are still checked
    Audit,
    /// Neither signatures nor policies are looked at
    Off,
}

impl From<Auth> for AuthMode {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Enforce => Self::Enforce,
            Auth::Audit => Self::Audit,
            Auth::Off => Self::Off,
        }
    }
}

impl Start {
    pub(super) fn run(self) -> Result<(), Failure> {
        let log = log::start(self.log_format, &self.log)?;
        let url_file = self.url_file.clone();
        let threads = self.threads;
        let config = self.config();
        let contradiction = config.interpreters.contradiction(config.allow_other_hosts);
        contradiction.map_or(Ok(()), |why| Err(Failure::misused(why)))?;
        let runtime = runtime(threads)?;
        runtime.block_on(serve(config, url_file.as_deref(), log.requests.clone()))
    }

    fn config(self) -> Config {
        let mut listen = self.listen.into_iter();
        let default = Config::default();
        Config {
            listen: listen.next().unwrap_or(default.listen),
            listen_also: listen.collect(),
            data: self.data,
            hosts: self.hosts.iter().map(|h| h.to_ascii_lowercase()).collect(),
            keys: self.keys,
            accounts: self.accounts,
            buckets: self.buckets,
            auth: self.auth.into(),
            admin_token: self.admin_token.map(Secret::new),
            metadata: self.metadata,
            metadata_token_required: self.metadata_token_required,
            ecs_role: self.ecs_role,
            lent: self.lent,
            interpreters: InterpreterConfig {
                python: self.python,
                cache: self.cache,
                sandbox: self.sandbox,
                launches: true,
                ..InterpreterConfig::new(std::env::vars_os())
            },
            allow_other_hosts: self.allow_other_hosts,
        }
    }
}

/// The threads that answer requests, `wanted` of them or half as many as there are cores: whoever tests against the server
/// is on the same machine, and two threads that write to what every request touches take longer for one than one does.
/// A single one is the program's first, so that nothing is handed from thread to thread.
fn runtime(wanted: Option<NonZero<usize>>) -> io::Result<Runtime> {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = wanted.map_or_else(|| cores() / 2, NonZero::get);
    let mut builder = match threads {
        0 | 1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(threads.max(1)).enable_all().build()
}

/// An empty token, such as a variable without a value gives, would open everything to everybody.
fn token(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty; leave it out to have a random one printed at start".into()),
        _ => Ok(text.into()),
    }
}

async fn serve(
    config: Config,
    url_file: Option<&Path>,
    requests: Option<Arc<dyn LineWriter>>,
) -> Result<(), Failure> {
    let stop = stop_signal()?;
    let cloud = Cloud::new(config, Clock::system()).await?;
    if let Some(writer) = requests {
        cloud.gateway.write_lines_by(writer);
    }
    let server = Server::bind(cloud).await.map_err(|e| cannot_listen(&e))?;
    announce(&server);
    if let Some(path) = url_file {
        write_whole(path, &server.url())
            .map_err(|e| format!("cannot write the URL file {}: {e}", path.display()))?;
    }
    server.run(stop).await;
    Ok(())
}

fn cannot_listen(error: &BindError) -> String {
    let flag = match error.metadata {
        true => "--metadata",
        false => "--listen",
    };
    let why = match error.source.kind() {
        io::ErrorKind::AddrInUse => "another program has it; ".to_owned(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need rights; ".to_owned(),
        io::ErrorKind::AddrNotAvailable => {
            let ip = error.address.ip();
            format!(
                "this machine has no such address (`ip addr add {ip}/32 dev lo` gives it one); "
            )
        }
        _ => String::new(),
    };
    format!("{error}; {why}choose another with {flag}")
}

/// What a person wants to know when it has started.
fn announce(server: &Server) {
    let (cloud, key) = (server.cloud(), identity::bootstrap::DEFAULT_USER);
    let config = cloud.config();
    println!("LocalYun {} is ready", env!("CARGO_PKG_VERSION"));
    println!("  endpoint  {}", server.url());
    for address in &server.addresses()[1..] {
        println!("  also on   {address}");
    }
    println!("  key       {key} (secret {key}), AdministratorAccess");
    println!(
        "  account   {}, region {}",
        identity::DEFAULT_ACCOUNT,
        gateway::region::DEFAULT
    );
    println!("  auth      {}", config.auth.name());
    match cloud.store.path() {
        None => println!("  data      in memory, gone when it stops"),
        Some(path) => println!("  data      in {}, kept", path.display()),
    }
    for account in &config.accounts {
        let key = FirstKey::of_administrator(account.as_str());
        println!(
            "  account   {}, key {} (secret {})",
            account.as_str(),
            key.id,
            key.secret.expose()
        );
    }
    for bucket in &config.buckets {
        println!("  bucket    {bucket}");
    }
    announce_metadata(server);
    if server.is_near() {
        return;
    }
    println!(
        "  WARNING: THIS SERVER LISTENS ON {} WITH THE DEFAULT KEYS.",
        server.address()
    );
    println!("  WARNING: EVERYBODY WHO REACHES IT CAN DO EVERYTHING IN IT.");
    if config.admin_token.is_none()
        && let Some(token) = server.admin().token()
    {
        println!("  admin token {}", token.expose());
    }
}

fn announce_metadata(server: &Server) {
    let role = server.cloud().metadata.role();
    if let Some(role) = &role {
        println!("  ECS role  {role}");
    }
    let Some(address) = server.metadata_address() else {
        return;
    };
    println!("  metadata  http://{address}");
    if !is_near(address) && role.is_some() {
        println!(
            "  WARNING: EVERYBODY WHO REACHES {address} GETS THE CREDENTIALS OF THE ECS ROLE."
        );
    }
}

/// Readers never see half of it.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, format!("{text}\n"))?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use tokio::runtime::RuntimeFlavor;

    use super::*;

    #[test]
    fn one_thread_is_the_first_and_more_are_as_many_as_wanted() {
        let one = runtime(NonZero::new(1)).unwrap();
        assert_eq!(one.handle().runtime_flavor(), RuntimeFlavor::CurrentThread);
        let three = runtime(NonZero::new(3)).unwrap();
        assert_eq!(three.metrics().num_workers(), 3);
        let own = runtime(None).unwrap();
        let half = std::thread::available_parallelism().map_or(1, NonZero::get) / 2;
        assert_eq!(own.metrics().num_workers(), half.max(1));
    }
}

//! `localyun env`: what points SDKs at a running server.

mod profile;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Failure, Remote, tell};
use crate::client::Client;
use crate::config::KeyPair;
use profile::Profile;

/// Print the environment variables that point SDKs and tools at a running server
#[derive(Debug, Args)]
#[command(after_help = "\
The credentials are a key; with --role those of a role, which clients get from the server by URL and renew themselves; \
with --write-profile they stand in files and not in variables. SDKs look at keys in variables first, so unset \
ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET where other credentials are wanted.

Examples:
  eval \"$(localyun env)\"
  eval \"$(localyun env --role app)\"
  eval \"$(localyun env --write-profile)\"")]
pub(super) struct Env {
    #[command(flatten)]
    remote: Remote,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The key to use, if not the default one
    #[arg(long, value_name = "ID:SECRET")]
    key: Option<KeyPair>,
    /// Give the credentials of this role, by ALIBABA_CLOUD_CREDENTIALS_URI, and no key
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["key", "write_profile"])]
    role: Option<String>,
    /// Write the key to the profile files ~/.alibabacloud/credentials, ~/.alibabacloud/credentials.ini and
    /// ~/.aliyun/config.json, where other profiles stay as they are
    #[arg(long)]
    write_profile: bool,
    /// The name of the profile
    #[arg(
        long,
        value_name = "NAME",
        default_value = "localyun",
        requires = "write_profile"
    )]
    profile: String,
    /// The directory to use as ~
    #[arg(long, value_name = "DIR", requires = "write_profile")]
    home: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// `export NAME='value'` lines for a shell
    #[default]
    Sh,
    /// One JSON object
    Json,
    /// `NAME="value"` lines for a .env file
    Dotenv,
}

/// What is needed of `health`.
#[derive(Debug, Deserialize)]
struct Health {
    region: String,
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    role: Option<String>,
}

/// What clients are to use.
#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Key(&'a str, &'a str),
    Uri(&'a str),
    Profile(&'a str),
}

impl Env {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.remote.client();
        let health: Health = client.get("health")?;
        let uri = self.role.as_deref().map(|role| uri_of(&client, role));
        let uri = uri.transpose()?;
        let (id, secret) = match &self.key {
            Some(key) => (key.id.as_str(), key.secret.expose()),
            None => (
                identity::bootstrap::DEFAULT_USER,
                identity::bootstrap::DEFAULT_USER,
            ),
        };
        let source = match &uri {
            Some(uri) => Source::Uri(uri),
            None if self.write_profile => {
                self.write_profile(client.endpoint(), &health.region, (id, secret))?;
                Source::Profile(&self.profile)
            }
            None => Source::Key(id, secret),
        };
        let mut variables = variables(client.endpoint(), &health, source);
        variables.extend(self.files());
        print!("{}", self.format.render(&variables)?);
        Ok(())
    }

    /// Where the files are, if not where everybody looks.
    fn files(&self) -> Vec<(&'static str, String)> {
        let Some(home) = &self.home else {
            return Vec::new();
        };
        [
            ("ALIBABA_CLOUD_CREDENTIALS_FILE", profile::INI),
            ("ALIBABA_CLOUD_CONFIG_FILE", profile::CLI),
        ]
        .map(|(name, file)| (name, home.join(file).display().to_string()))
        .to_vec()
    }

    fn write_profile(
        &self,
        endpoint: &str,
        region: &str,
        (id, secret): (&str, &str),
    ) -> Result<(), Failure> {
        #[expect(
            clippy::disallowed_methods,
            reason = "where a home is, is no setting of ours"
        )]
        let own = || std::env::var_os("HOME").map(PathBuf::from);
        let home = self.home.clone().or_else(own);
        let home = home.ok_or("there is no home directory; name one with --home")?;
        let profile = Profile {
            name: &self.profile,
            id,
            secret,
            region,
            endpoint: host_of(endpoint),
        };
        for path in profile.write(&home)? {
            tell(format_args!(
                "localyun: wrote the profile `{}` to {}",
                self.profile,
                path.display()
            ));
        }
        Ok(())
    }
}

/// Where a client gets the credentials of a role.
fn uri_of(client: &Client, role: &str) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Answer {
        uri: String,
    }
    let answer: Answer = client.get(&format!(
        "credentials-uri/{}",
        signature::encode::component(role)
    ))?;
    Ok(answer.uri)
}

fn host_of(endpoint: &str) -> &str {
    endpoint
        .split_once("://")
        .map_or(endpoint, |(_, host)| host)
}

/// Names that SDKs and tools read (spec/identity.md §5).
fn variables(endpoint: &str, health: &Health, source: Source<'_>) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("LOCALYUN_ENDPOINT", endpoint),
        ("OSS_ENDPOINT", endpoint),
        ("OSS_REGION", &health.region),
        ("ALIBABA_CLOUD_REGION_ID", &health.region),
        ("ALIBABA_CLOUD_ENDPOINT", host_of(endpoint)),
    ];
    match source {
        Source::Key(id, secret) => all.extend([
            ("OSS_ACCESS_KEY_ID", id),
            ("OSS_ACCESS_KEY_SECRET", secret),
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", id),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret),
        ]),
        Source::Uri(uri) => all.push(("ALIBABA_CLOUD_CREDENTIALS_URI", uri)),
        Source::Profile(name) => all.push(("ALIBABA_CLOUD_PROFILE", name)),
    }
    // The metadata service comes before the URL in the order in which SDKs look.
    match &health.metadata.role {
        Some(role) if !matches!(source, Source::Uri(_)) => {
            all.push(("ALIBABA_CLOUD_ECS_METADATA", role));
        }
        _ => all.push(("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")),
    }
    all.into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect()
}

impl Format {
    fn render(self, variables: &[(&'static str, String)]) -> Result<String, serde_json::Error> {
        let lines =
            |line: fn(&str, &str) -> String| variables.iter().map(|(n, v)| line(n, v)).collect();
        Ok(match self {
            Self::Sh => {
                lines(|name, value| format!("export {name}='{}'\n", value.replace('\'', r"'\''")))
            }
            Self::Dotenv => lines(|name, value| {
                let value = value
                    .replace('\\', r"\\")
                    .replace('"', "\\\"")
                    .replace('$', r"\$");
                format!("{name}=\"{value}\"\n")
            }),
            Self::Json => {
                let pairs = variables
                    .iter()
                    .map(|(n, v)| ((*n).to_owned(), Value::from(v.as_str())));
                serde_json::to_string_pretty(&Value::Object(Map::from_iter(pairs)))? + "\n"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_a_shell() {
        let text = Format::Sh.render(&[("A", "it's $x".to_owned())]).unwrap();
        assert_eq!(text, "export A='it'\\''s $x'\n");
    }

    fn names(role: Option<&str>, source: Source<'_>) -> Vec<(&'static str, String)> {
        let role = role.map(str::to_owned);
        let health = Health {
            region: "cn-hangzhou".to_owned(),
            metadata: Metadata { role },
        };
        variables("http://127.0.0.1:1", &health, source)
    }

    fn value(all: &[(&'static str, String)], name: &str) -> Option<String> {
        let found = all.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| value.clone())
    }

    #[test]
    fn the_cli_gets_a_host_without_a_scheme() {
        let all = names(None, Source::Key("i", "s"));
        let host = value(&all, "ALIBABA_CLOUD_ENDPOINT");
        assert_eq!(host.as_deref(), Some("127.0.0.1:1"));
    }

    #[test]
    fn what_comes_first_for_sdks_does_not_hide_what_was_asked_for() {
        let keys = |all: &[_]| value(all, "ALIBABA_CLOUD_ACCESS_KEY_ID");
        let ecs = |all: &[_]| value(all, "ALIBABA_CLOUD_ECS_METADATA");
        let key = names(Some("r"), Source::Key("i", "s"));
        assert_eq!(
            (keys(&key).as_deref(), ecs(&key).as_deref()),
            (Some("i"), Some("r"))
        );
        let uri = names(Some("r"), Source::Uri("http://x"));
        assert_eq!((keys(&uri), ecs(&uri)), (None, None));
        assert!(value(&uri, "ALIBABA_CLOUD_ECS_METADATA_DISABLED").is_some());
        let profile = names(None, Source::Profile("p"));
        assert_eq!(keys(&profile), None);
        assert_eq!(
            value(&profile, "ALIBABA_CLOUD_PROFILE").as_deref(),
            Some("p")
        );
    }
}

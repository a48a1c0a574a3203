//! `localyun env`: what points SDKs at a running server.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::{Failure, Remote};
use crate::config::KeyPair;

/// Print the environment variables that point SDKs and tools at a running server
#[derive(Debug, Args)]
#[command(after_help = "Example: eval \"$(localyun env)\"")]
pub(super) struct Env {
    #[command(flatten)]
    remote: Remote,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The key to use, if not the default one
    #[arg(long, value_name = "ID:SECRET")]
    key: Option<KeyPair>,
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

impl Env {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.remote.client();
        let health: Value = client.get("health")?;
        let region = health.get("region").and_then(Value::as_str);
        let region = region.unwrap_or(gateway::region::DEFAULT);
        let key = match &self.key {
            Some(key) => (key.id.as_str(), key.secret.expose()),
            None => (
                identity::bootstrap::DEFAULT_USER,
                identity::bootstrap::DEFAULT_USER,
            ),
        };
        let variables = variables(client.endpoint(), region, key);
        print!("{}", self.format.render(&variables)?);
        Ok(())
    }
}

/// Names that SDKs and tools read (spec/identity.md §5).
fn variables(
    endpoint: &str,
    region: &str,
    (id, secret): (&str, &str),
) -> Vec<(&'static str, String)> {
    let host = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, host)| host);
    [
        ("LOCALYUN_ENDPOINT", endpoint),
        ("OSS_ENDPOINT", endpoint),
        ("OSS_REGION", region),
        ("OSS_ACCESS_KEY_ID", id),
        ("OSS_ACCESS_KEY_SECRET", secret),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", id),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret),
        ("ALIBABA_CLOUD_REGION_ID", region),
        ("ALIBABA_CLOUD_ENDPOINT", host),
        ("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
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

    #[test]
    fn the_cli_gets_a_host_without_a_scheme() {
        let all = variables("http://127.0.0.1:1", "cn-hangzhou", ("i", "s"));
        let host = all
            .iter()
            .find(|(n, _)| *n == "ALIBABA_CLOUD_ENDPOINT")
            .unwrap();
        assert_eq!(host.1, "127.0.0.1:1");
    }
}

//! `localyun oidc-token`: a token for AssumeRoleWithOIDC.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::files::write_private;
use super::{Failure, Remote};

/// Make a token of OpenID Connect that AssumeRoleWithOIDC of a running server accepts
#[derive(Debug, Args)]
#[command(after_help = "\
The issuer exists in name only: the server signs the token, and knows its own key. CreateOIDCProvider with the same \
--issuer as IssuerUrl, and the --audience among its ClientIds, makes the account take such tokens.

Example:
  localyun oidc-token --subject system:serviceaccount:ns:app --file /tmp/token
  export ALIBABA_CLOUD_OIDC_TOKEN_FILE=/tmp/token")]
pub(super) struct OidcToken {
    #[command(flatten)]
    remote: Remote,
    /// Whom it is about
    #[arg(long, value_name = "TEXT")]
    subject: String,
    /// For whom it is
    #[arg(long, value_name = "TEXT", default_value = "sts.aliyuncs.com")]
    audience: String,
    /// Who makes it
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://oidc.localyun.internal"
    )]
    issuer: String,
    /// How long it lives, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    seconds: u32,
    /// Write it to this file, which only you can read, and not to standard output
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Made {
    token: String,
}

impl OidcToken {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let wanted = json!({
            "issuer": self.issuer,
            "subject": self.subject,
            "audience": self.audience,
            "seconds": self.seconds,
        });
        let made: Made = self.remote.client().post("oidc-tokens", &wanted)?;
        match &self.file {
            None => println!("{}", made.token),
            // Clients take the whole file for the token, so no line ends.
            Some(file) => write_private(file, &made.token)
                .map_err(|e| format!("cannot write the token to {}: {e}", file.display()))?,
        }
        Ok(())
    }
}

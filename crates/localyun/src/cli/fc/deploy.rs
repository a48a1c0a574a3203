//! `localyun fc deploy`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Map, Value, json};

use super::api::{Access, Api, path_of};
use super::package;
use crate::RoleSpec;
use crate::cli::invoke::variable;
use crate::cli::{Failure, print, tell};
use crate::client::Client;
use crate::invoke::{Prepare, Prepared};

/// Pack a folder and create the function, or update it
///
/// A new function has what is not given by default: the handler index.handler, the runtime python3.10, a timeout of 3
/// seconds and 512 MB. Of a function that is there, only what is given changes, and the code.
///
/// Files are packed as they are; `.git` and `__pycache__` are left out. Nothing is installed: what the code needs beside the
/// built-in packages has to lie in the folder, as in the real service (`pip install -t DIR …`).
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  localyun fc deploy examples/access_oss --name put --role-policy examples/access_oss/put-only.json --timeout 30")]
pub(super) struct Deploy {
    #[command(flatten)]
    what: What,
}

/// What is deployed.
#[derive(Debug, Args)]
pub(super) struct What {
    /// The folder with the code
    pub(super) folder: PathBuf,
    /// The name of the function
    #[arg(long, value_name = "NAME")]
    pub(super) name: String,
    /// `file.function`; index.handler for a new function
    #[arg(long, value_name = "FILE.FUNCTION")]
    handler: Option<String>,
    /// python3, python3.9, python3.10, python3.12, nodejs14, nodejs16, nodejs18, nodejs20, go1, custom, custom.debian10,
    /// custom.debian11 or custom.debian12; python3.10 for a new function
    #[arg(long, value_name = "NAME")]
    runtime: Option<String>,
    /// What a custom runtime starts: the program, and repeated each of its arguments; /code/bootstrap if absent
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    command: Vec<String>,
    /// Where its server listens; 9000 if absent
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// The role whose credentials the function gets: NAME, UID:NAME or an ARN. It must trust fc.aliyuncs.com
    #[arg(long, value_name = "NAME", conflicts_with = "role_policy")]
    role: Option<RoleSpec>,
    /// A file with a RAM policy: the role localyun-fc-NAME is made, or changed, to have just it
    #[arg(long, value_name = "FILE")]
    role_policy: Option<PathBuf>,
    /// An environment variable of the function; repeat for more. They take the place of all that were there
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// How long an invocation may take, in seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// The memory size in MB, a multiple of 64
    #[arg(long, value_name = "MB")]
    memory: Option<u32>,
    #[command(flatten)]
    pub(super) access: Access,
}

impl Deploy {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let deployed = self.what.deploy()?;
        let name = &self.what.name;
        tell(format_args!(
            "localyun: `localyun fc invoke {name} --event '{{}}'` runs it"
        ));
        print(&format!("{deployed}\n")).map_err(Failure::from)
    }
}

impl What {
    /// Puts the function into the server. The ARN of the function is returned; the person is told what was done.
    ///
    /// # Errors
    ///
    /// What is wrong with the folder, or why the server refuses it.
    pub(super) fn deploy(&self) -> Result<String, Failure> {
        let package = package::pack(&self.folder)?;
        let mut body = self.settings()?;
        body.insert(
            "code".to_owned(),
            json!({"zipFile": STANDARD.encode(&package.bytes)}),
        );
        let (done, made) = self.create_or_update(&self.access.api(), body)?;
        let text = |name: &str| made[name].as_str().unwrap_or_default();
        tell(format_args!(
            "localyun: {done} the function `{}` in {} ({}, {}): {} file{}, {} bytes packed",
            self.name,
            self.access.region,
            text("runtime"),
            text("handler"),
            package.files,
            if package.files == 1 { "" } else { "s" },
            package.bytes.len()
        ));
        if let Some(warning) = missing_module(&self.folder, text("runtime"), text("handler")) {
            tell(format_args!("localyun: {warning}"));
        }
        Ok(text("functionArn").to_owned())
    }

    fn create_or_update(
        &self,
        api: &Api,
        mut body: Map<String, Value>,
    ) -> Result<(&'static str, Value), Failure> {
        let path = path_of(&self.name);
        let update = api.put(("PUT", "UpdateFunction"), &path, &Value::from(body.clone()))?;
        let created = match update {
            Ok(answer) => return Ok(("updated", answer.json())),
            Err(refusal) if refusal.code == "FunctionNotFound" => {
                body.insert("functionName".to_owned(), json!(self.name));
                for (name, default) in [("handler", "index.handler"), ("runtime", "python3.10")] {
                    body.entry(name).or_insert_with(|| json!(default));
                }
                api.put(("POST", "CreateFunction"), "functions", &body.into())?
            }
            Err(refusal) => return Err(refusal.about(&format!("cannot update `{}`", self.name))),
        };
        match created {
            Ok(answer) => Ok(("created", answer.json())),
            Err(refusal) => Err(refusal.about(&format!("cannot create `{}`", self.name))),
        }
    }

    /// The fields that were given.
    fn settings(&self) -> Result<Map<String, Value>, Failure> {
        let variables = (!self.variables.is_empty()).then(|| {
            let pairs = self.variables.iter().cloned();
            Value::from_iter(pairs)
        });
        let custom = (!self.command.is_empty() || self.port.is_some()).then(|| {
            let mut config = Map::new();
            if !self.command.is_empty() {
                config.insert("command".to_owned(), json!(self.command));
            }
            if let Some(port) = self.port {
                config.insert("port".to_owned(), json!(port));
            }
            Value::from(config)
        });
        let fields = [
            ("customRuntimeConfig", custom),
            ("handler", self.handler.as_ref().map(|v| json!(v))),
            ("runtime", self.runtime.as_ref().map(|v| json!(v))),
            ("timeout", self.timeout.map(|v| json!(v))),
            ("memorySize", self.memory.map(|v| json!(v))),
            ("role", self.role()?.map(|v| json!(v))),
            ("environmentVariables", variables),
        ];
        let given = fields.into_iter();
        Ok(given
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect())
    }

    /// The ARN of the role, which is made if a policy was given for it.
    fn role(&self) -> Result<Option<String>, Failure> {
        match (&self.role, &self.role_policy) {
            (Some(role), _) => Ok(Some(role.0.to_string())),
            (None, None) => Ok(None),
            (None, Some(file)) => {
                let policy = fs::read_to_string(file)
                    .map_err(|e| format!("cannot read the policy {}: {e}", file.display()))?;
                self.make_role(&self.access.remote.client(), policy)
                    .map(Some)
            }
        }
    }

    fn make_role(&self, client: &Client, policy: String) -> Result<String, Failure> {
        let role = format!("localyun-fc-{}", self.name);
        let prepare = Prepare {
            role_name: Some(role.clone()),
            role_policy: Some(policy),
            session_name: "deploy".to_owned(),
            ..Prepare::default()
        };
        let prepared: Prepared = client.post("prepare", &prepare)?;
        let arn = format!("acs:ram::{}:role/{role}", prepared.account);
        tell(format_args!("localyun: the role {arn} has the policy"));
        Ok(arn)
    }
}

/// The service finds out at the first invocation only.
fn missing_module(folder: &Path, runtime: &str, handler: &str) -> Option<String> {
    if !runtime.starts_with("python") {
        return None;
    }
    let Some((module, _)) = handler.rsplit_once('.') else {
        return Some(format!(
            "the handler `{handler}` has no dot and will not be found; --handler FILE.FUNCTION names another"
        ));
    };
    let file = format!("{}.py", module.replace('.', "/"));
    let there = folder.join(&file).is_file() || folder.join(format!("{module}.py")).is_file();
    (!there).then(|| {
        format!(
            "there is no {file} in {}, so the handler `{handler}` will not be found; --handler FILE.FUNCTION names another",
            folder.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_will_not_be_found_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        fs::write(folder.path().join("lib/app.py"), "").unwrap();
        let missing = |runtime, handler| missing_module(folder.path(), runtime, handler);
        assert_eq!(missing("python3.10", "lib/app.handler"), None);
        assert_eq!(missing("python3.10", "lib.app.handler"), None);
        assert_eq!(missing("nodejs20", "index.handler"), None);
        assert!(
            missing("python3.10", "index.handler")
                .unwrap()
                .contains("index.py")
        );
        assert!(missing("python3.10", "handler").unwrap().contains("no dot"));
    }
}

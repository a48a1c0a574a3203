//! What an HTTP trigger says about the requests that it lets in.

use gateway::Fault;
use http::Method;
use serde_json::Value;

use super::cors::Cors;
use super::jwt::Jwt;
use crate::fault;
use crate::settings::Fields;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"];

/// Who may come.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    /// Everybody.
    Anonymous,
    /// Who signs, and may invoke the function.
    Function,
    /// Who brings a token.
    Jwt(Jwt),
}

/// The configuration of an HTTP trigger.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) auth: Auth,
    methods: Vec<String>,
    /// Whether the address for everywhere is closed.
    pub(crate) closed: bool,
    pub(crate) cors: Option<Cors>,
}

impl Settings {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn read(config: &Fields) -> Result<Self, Fault> {
        let mut settings = Self {
            // https://api.aliyun.com/document/FC/2023-03-30/struct/HTTPTriggerConfig
            auth: Auth::Function,
            methods: Vec::new(),
            closed: false,
            cors: None,
        };
        let mut kind = "function";
        let mut auth_config = "";
        for (name, value) in config {
            match (name.as_str(), value) {
                ("authType", Value::String(text)) => kind = text,
                ("authConfig", Value::String(text)) => auth_config = text,
                ("methods", Value::Array(_)) => settings.methods = methods(value)?,
                ("disableURLInternet", Value::Bool(closed)) => settings.closed = *closed,
                ("corsConfig", Value::Object(cors)) => settings.cors = Some(Cors::read(cors)?),
                ("authType" | "authConfig" | "disableURLInternet" | "corsConfig", Value::Null) => {}
                (
                    "authType" | "authConfig" | "methods" | "disableURLInternet" | "corsConfig",
                    _,
                ) => {
                    return Err(bad(&format!("has the {name} {value}")));
                }
                _ => return Err(fault::unknown_field(&format!("triggerConfig.{name}"))),
            }
        }
        settings.auth = auth(kind, auth_config)?;
        match settings.methods.is_empty() {
            true => Err(bad("must have a list of strings 'methods'")),
            false => Ok(settings),
        }
    }

    /// Whether requests with this verb are let in.
    pub(crate) fn lets(&self, method: &Method) -> bool {
        self.methods.iter().any(|name| name == method.as_str())
    }
}

fn auth(kind: &str, config: &str) -> Result<Auth, Fault> {
    match kind {
        "anonymous" => Ok(Auth::Anonymous),
        "function" => Ok(Auth::Function),
        "jwt" => Jwt::read(config).map(Auth::Jwt),
        "basic" | "bearer" => Err(bad(&format!(
            "has the authType {kind}, which is not emulated; the ones that are: anonymous, function, jwt"
        ))),
        other => Err(bad(&format!(
            "has the authType '{other}', and there are: anonymous, function, jwt, basic, bearer"
        ))),
    }
}

fn methods(value: &Value) -> Result<Vec<String>, Fault> {
    let items = value.as_array().into_iter().flatten();
    let named = items.map(|item| {
        let name = item.as_str().filter(|name| METHODS.contains(name));
        let unknown = || bad(&format!("has the unknown method {item}"));
        name.map(str::to_owned).ok_or_else(unknown)
    });
    named.collect()
}

pub(super) fn bad(why: &str) -> Fault {
    fault::invalid_argument(format!("triggerConfig {why}"))
}

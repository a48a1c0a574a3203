//! What a program finds in its environment (`spec/fc.md` §1.9).

use std::collections::BTreeMap;
use std::path::Path;

use crate::runtime::places::Places;
use crate::{Function, Launch, RuntimeName};

/// Where programs are looked for.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables that tell a server its port: the documented one, and the one of older images.
pub(crate) const LISTEN_PORT: &str = "FC_CUSTOM_LISTEN_PORT";
pub(crate) const SERVER_PORT: &str = "FC_SERVER_PORT";

/// What every runtime gives: defaults, the user's variables above them, and the platform's, which cannot be overridden.
pub(crate) fn base(
    function: &Function,
    launch: &Launch,
    places: &Places,
) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("PATH", PATH.into());
    // Custom runtimes search nothing by themselves
    // (<https://help.aliyun.com/zh/functioncompute/fc/user-guide/create-a-custom-layer-1>).
    if !function.runtime.listens() {
        set("LD_LIBRARY_PATH", libraries(places));
        if let Some(layers) = &places.layers {
            set("PATH", format!("{}:{PATH}", text(&layers.join("bin"))));
            if function.runtime.node().is_some() {
                set("NODE_PATH", text(&layers.join("nodejs/node_modules")));
            }
        }
    }
    set("HOME", text(&places.temporary));
    set("TMPDIR", text(&places.temporary));
    set("LANG", "C.UTF-8".into());
    set("TZ", "UTC".into());
    for (name, value) in &function.environment {
        set(name, value.clone());
    }
    set("FC_FUNC_CODE_PATH", text(&places.code));
    set("FC_ACCOUNT_ID", launch.account_id.clone());
    set("FC_REGION", launch.region.clone());
    set("FC_FUNCTION_NAME", function.name.clone());
    set("FC_FUNCTION_HANDLER", function.handler.clone());
    set("FC_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string());
    set("FC_INSTANCE_ID", launch.instance_id.clone());
    set(LISTEN_PORT, function.custom.port.to_string());
    set(version_variable(function.runtime), version(function));
    if !function.service.is_empty() {
        set("FC_SERVICE_NAME", function.service.clone());
        set("FC_QUALIFIER", function.qualifier.clone());
    }
    let withheld = function.withheld.environment;
    if let Some(credentials) = launch.credentials.as_ref().filter(|_| !withheld) {
        set(
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            credentials.access_key_id.clone(),
        );
        set(
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            credentials.access_key_secret.clone(),
        );
        set(
            "ALIBABA_CLOUD_SECURITY_TOKEN",
            credentials.security_token.clone(),
        );
    }
    variables
}

/// Where built-in runtimes look for libraries, in the order that `env` prints within an instance of the cloud
/// (Serverless Devs, "s instance exec").
fn libraries(places: &Places) -> String {
    let code = text(&places.code);
    let own = format!("{code}:{code}/lib:/usr/local/lib");
    match &places.layers {
        Some(layers) => format!("{own}:{}", text(&layers.join("lib"))),
        None => own,
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Images of Debian 11 and later renamed it.
fn version_variable(runtime: RuntimeName) -> &'static str {
    match runtime {
        RuntimeName::Python3
        | RuntimeName::Python39
        | RuntimeName::Python310
        | RuntimeName::Custom
        | RuntimeName::CustomDebian10
        | RuntimeName::Go1
        | RuntimeName::Nodejs14
        | RuntimeName::Nodejs16
        | RuntimeName::Nodejs18 => "FC_VER_ID",
        RuntimeName::Python312
        | RuntimeName::CustomDebian11
        | RuntimeName::CustomDebian12
        | RuntimeName::Nodejs20 => "FC_FUNCTION_VERSION",
    }
}

fn version(function: &Function) -> String {
    let version = if function.version_id.is_empty() {
        &function.qualifier
    } else {
        &function.version_id
    };
    version.clone()
}

/// Variables that lead clients which honour them to the emulator: in the host's network nothing else can.
pub(crate) fn proxies(launch: &Launch) -> Vec<(String, String)> {
    let proxy = format!("http://{}", launch.network.reachable());
    let names = ["http_proxy", "https_proxy", "all_proxy"];
    let names = names
        .into_iter()
        .chain(["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]);
    let leads = names.map(|name| (name, proxy.as_str()));
    let own = "localhost,127.0.0.1,127.0.0.2,::1";
    let leaves = [("no_proxy", own), ("NO_PROXY", own)];
    let all = leads.chain(leaves);
    all.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

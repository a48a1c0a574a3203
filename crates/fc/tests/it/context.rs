//! The context and the environment of a handler (`spec/fc.md` §1.4, §1.9).

use fc::{RuntimeName, Tracing};
use serde_json::json;

use crate::bench::{Bench, REQUEST_ID};

#[tokio::test]
async fn the_classic_context_as_json() {
    let mut bench = Bench::returning("context").credentials();
    bench.invocation.retry_count = 2;
    bench.invocation.tracing = Tracing {
        span_context: "span".into(),
        span_baggages: "eyJhIjogImIifQ==".into(),
        jaeger_endpoint: "http://jaeger".into(),
    };
    let expected = json!({
        "requestId": REQUEST_ID,
        "credentials": { "accessKeyId": "STS.id", "accessKeySecret": "the-secret", "securityToken": "the-token" },
        "function": { "name": "demo", "handler": "index.handler", "memory": 512, "timeout": 60 },
        "service": { "name": "", "logProject": "", "logStore": "", "qualifier": "LATEST", "versionId": "" },
        "region": "cn-shenzhen",
        "accountId": "1234567890123456",
        "retryCount": 2,
        "tracing": { "spanContext": "span", "jaegerEndpoint": "http://jaeger", "spanBaggages": { "a": "b" } },
    });
    assert_eq!(bench.json().await, expected);
}

#[tokio::test]
async fn the_classic_context_by_attribute() {
    let source = "\
def handler(event, context):
    keys = context.credentials
    return [
        context.request_id == context.requestId, keys.access_key_id == keys.accessKeyId,
        keys.access_key_secret == keys.accessKeySecret, keys.security_token == keys.securityToken,
        keys.access_key_id, context.function.memory, context.function.timeout, context.service.name,
        context.retry_count, context.tracing.span_baggages, context.region, context.account_id,
        context.logger is context.getLogger(),
    ]
";
    for runtime in [
        RuntimeName::Python3,
        RuntimeName::Python39,
        RuntimeName::Python310,
    ] {
        let expected = json!([
            true,
            true,
            true,
            true,
            "STS.id",
            512,
            60,
            "",
            0,
            {},
            "cn-shenzhen",
            "1234567890123456",
            true
        ]);
        assert_eq!(
            Bench::new(source)
                .credentials()
                .runtime(runtime)
                .json()
                .await,
            expected
        );
    }
}

#[tokio::test]
async fn without_a_role_the_keys_are_empty() {
    let answer = Bench::returning("context.credentials").json().await;
    assert_eq!(
        answer,
        json!({ "accessKeyId": "", "accessKeySecret": "", "securityToken": "" })
    );
    let names = "[name for name in __import__('os').environ if name.startswith('ALIBABA')]";
    assert_eq!(Bench::returning(names).json().await, json!([]));
}

#[tokio::test]
async fn bad_baggages_count_as_none() {
    for bad in ["%%%", "bm90IGpzb24=", "WzFd"] {
        let mut bench = Bench::returning("context.tracing.span_baggages");
        bench.invocation.tracing.span_baggages = bad.into();
        assert_eq!(bench.json().await, json!({}), "{bad}");
    }
}

#[tokio::test]
async fn the_reduced_context_has_no_credentials_service_or_tracing() {
    let source = "\
def handler(event, context):
    function = context.function
    return {
        'public': sorted(name for name in dir(context) if not name.startswith('_')),
        'function': [function.name, function.handler, function.memory, function.timeout, function.version_id,
                     function.qualifier],
    }
";
    let answer = Bench::new(source)
        .credentials()
        .runtime(RuntimeName::Python312)
        .json()
        .await;
    let names = [
        "account_id",
        "function",
        "log_project",
        "log_store",
        "logger",
        "region",
        "request_id",
    ];
    assert_eq!(answer["public"], json!(names));
    assert_eq!(
        answer["function"],
        json!(["demo", "index.handler", 512, 60, "", "LATEST"])
    );
}

#[tokio::test]
async fn credentials_on_python_3_12_fail_as_in_the_cloud() {
    let bench =
        Bench::returning("context.credentials.access_key_id").runtime(RuntimeName::Python312);
    let failure = bench.credentials().failure().await;
    assert_eq!(failure["errorType"], "AttributeError");
}

/// Every variable, the directories replaced.
async fn environment(bench: Bench) -> serde_json::Value {
    let source = "import os\ndef handler(event, context):\n    return dict(os.environ)\n";
    bench.write("index.py", source);
    let mut variables = bench.json().await;
    let text = |name: &str| variables[name].as_str().unwrap().to_owned();
    let libraries = text("LD_LIBRARY_PATH").replace(&text("FC_FUNC_CODE_PATH"), "(private)");
    variables["LD_LIBRARY_PATH"] = json!(libraries);
    for name in ["HOME", "TMPDIR", "FC_FUNC_CODE_PATH"] {
        let place = variables[name].as_str().unwrap().to_owned();
        assert!(
            !std::path::Path::new(&place).exists(),
            "{place} outlived its instance"
        );
        variables[name] = json!("(private)");
    }
    variables
}

#[tokio::test]
async fn the_environment_is_what_the_cloud_gives_and_no_more() {
    let mut bench = Bench::bare("").credentials();
    bench
        .function
        .environment
        .insert("Stage".into(), "test".into());
    bench
        .function
        .environment
        .insert("FC_REGION".into(), "forged".into());
    let expected = json!({
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "(private)", "TMPDIR": "(private)", "LANG": "C.UTF-8", "TZ": "UTC",
        "PYTHONIOENCODING": "utf-8:surrogateescape",
        "LD_LIBRARY_PATH": "(private):(private)/lib:/usr/local/lib",
        "FC_FUNC_CODE_PATH": "(private)", "FC_ACCOUNT_ID": "1234567890123456", "FC_REGION": "cn-shenzhen",
        "FC_FUNCTION_NAME": "demo", "FC_FUNCTION_HANDLER": "index.handler", "FC_FUNCTION_MEMORY_SIZE": "512",
        "FC_INSTANCE_ID": "c-64f6cd87-0123456789ab", "FC_CUSTOM_LISTEN_PORT": "9000", "FC_VER_ID": "LATEST",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "the-secret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "the-token", "Stage": "test",
    });
    assert_eq!(environment(bench).await, expected);
}

#[tokio::test]
async fn the_version_has_another_name_on_python_3_12() {
    let variables = environment(Bench::bare("").runtime(RuntimeName::Python312)).await;
    assert_eq!(variables["FC_FUNCTION_VERSION"], "LATEST");
    assert_eq!(variables["FC_VER_ID"], json!(null));
}

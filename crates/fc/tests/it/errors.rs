//! The shapes of failures (`spec/fc.md` §1.6).

use std::time::Duration;

use serde_json::json;

use crate::bench::{Bench, text};

#[tokio::test]
async fn an_exception_has_frames_of_four_strings() {
    let source = "def handler(event, context):\n    raise ValueError('something is wrong')\n";
    let failure = Bench::new(source).failure().await;
    let expected = json!({
        "errorMessage": "something is wrong",
        "errorType": "ValueError",
        "stackTrace": [
            ["File \"/code/index.py\"", "line 2", "in handler", "raise ValueError('something is wrong')"],
        ],
    });
    assert_eq!(failure, expected);
}

#[tokio::test]
async fn frames_run_from_the_handler_inwards() {
    let bench = Bench::new(
        "import deep.inner\ndef handler(event, context):\n    return deep.inner.fail()\n",
    )
    .file("deep/inner.py", "def fail():\n    return {}['missing']\n");
    let failure = bench.failure().await;
    assert_eq!(failure["errorMessage"], "'missing'");
    assert_eq!(failure["stackTrace"][0][0], "File \"/code/index.py\"");
    assert_eq!(
        failure["stackTrace"][1],
        json!([
            "File \"/code/deep/inner.py\"",
            "line 2",
            "in fail",
            "return {}['missing']"
        ])
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_made_does_not_end_the_instance() {
    let source = "\
class Odd(Exception):
    def __str__(self):
        raise RuntimeError('no')
def handler(event, context):
    raise Odd()
";
    assert_eq!(Bench::new(source).failure().await["errorType"], "Odd");
}

#[tokio::test]
async fn a_missing_module_is_an_import_module_error() {
    let failure = Bench::returning("1")
        .handler("nothing.handler")
        .failure()
        .await;
    let expected = json!({
        "errorMessage": "Unable to import module 'nothing'",
        "errorType": "ImportModuleError",
        "stackTrace": ["ModuleNotFoundError: No module named 'nothing'"],
    });
    assert_eq!(failure, expected);
}

#[tokio::test]
async fn a_nested_missing_module_names_the_handlers_module() {
    let failure = Bench::new("import not_installed\n").failure().await;
    let expected = json!({
        "errorMessage": "Unable to import module 'index'",
        "errorType": "ImportModuleError",
        "stackTrace": ["ModuleNotFoundError: No module named 'not_installed'"],
    });
    assert_eq!(failure, expected);
}

#[tokio::test]
async fn a_syntax_error_says_where() {
    let failure = Bench::new("x = 1\n  y = = 2\n").failure().await;
    assert_eq!(failure["errorType"], "UserCodeSyntaxError");
    assert_eq!(failure["errorMessage"], "Syntax error in module 'index'");
    let expected = json!([
        "File \"/code/index.py\"",
        "line 2",
        "y = = 2",
        "IndentationError: unexpected indent"
    ]);
    assert_eq!(failure["stackTrace"], expected);
}

#[tokio::test]
async fn another_exception_at_import_is_a_user_code_error() {
    let failure = Bench::new("def start():\n    raise KeyError('name')\nstart()\n")
        .failure()
        .await;
    assert_eq!(failure["errorType"], "UserCodeError");
    assert_eq!(
        failure["errorMessage"],
        "Module initialization error: 'name'"
    );
    let expected = json!([
        [
            "File \"/code/index.py\"",
            "line 3",
            "in <module>",
            "start()"
        ],
        [
            "File \"/code/index.py\"",
            "line 2",
            "in start",
            "raise KeyError('name')"
        ],
    ]);
    assert_eq!(failure["stackTrace"], expected);
}

#[tokio::test]
async fn an_absent_function_is_handler_not_found() {
    let failure = Bench::returning("1").handler("index.foo").failure().await;
    let expected = json!({ "errorMessage": "Handler 'foo' is missing on module 'index'", "errorType": "HandlerNotFound" });
    assert_eq!(failure, expected);
}

#[tokio::test]
async fn a_handler_without_a_dot_is_invalid() {
    for handler in ["handler", "", ".handler", "index."] {
        let failure = Bench::returning("1").handler(handler).failure().await;
        let message = format!("Invalid handler '{handler}'");
        assert_eq!(
            failure,
            json!({ "errorMessage": message, "errorType": "InvalidHandleName" })
        );
    }
}

#[tokio::test]
async fn the_body_of_an_error_is_indented_and_sorted() {
    let outcome = Bench::returning("1").handler("index.foo").run().await;
    assert_eq!(
        text(&outcome.body),
        "{\n    \"errorMessage\": \"Handler 'foo' is missing on module 'index'\",\n    \
         \"errorType\": \"HandlerNotFound\"\n}"
    );
}

/// The one field of a body that the platform writes, with its figures replaced.
async fn platform_sentence(bench: &Bench) -> String {
    let failure = bench.failure().await;
    let fields = failure.as_object().unwrap();
    assert_eq!(fields.len(), 1, "{failure}");
    let sentence = fields["errorMessage"].as_str().unwrap();
    let memory = sentence
        .rsplit_once("maxMemoryUsage: ")
        .unwrap()
        .1
        .strip_suffix("MB)")
        .unwrap();
    assert_eq!(memory.split_once('.').unwrap().1.len(), 2, "{sentence}");
    assert!(memory.parse::<f64>().unwrap() > 1.0, "{sentence}");
    let plain = sentence.replace(memory, "M");
    match plain.split_once("duration: ") {
        Some((before, after)) => {
            let (duration, after) = after.split_once("ms").unwrap();
            duration.parse::<u64>().unwrap();
            format!("{before}duration: Dms{after}")
        }
        None => plain,
    }
}

#[tokio::test]
async fn an_exit_is_told_by_the_platform() {
    let endings = [
        "import os\ndef handler(event, context):\n    os._exit(0)\n",
        "import sys\ndef handler(event, context):\n    sys.exit('bye')\n",
        "import sys\nsys.exit(3)\n",
        "def handler(event, context):\n    raise KeyboardInterrupt\n",
        "import os, signal\ndef handler(event, context):\n    os.kill(os.getpid(), signal.SIGSEGV)\n",
        "import os, signal\ndef handler(event, context):\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    ];
    for source in endings {
        assert_eq!(
            platform_sentence(&Bench::new(source)).await,
            "Process exited unexpectedly before completing request (duration: Dms, maxMemoryUsage: MMB)",
            "{source}"
        );
    }
}

#[tokio::test]
async fn a_timeout_is_told_by_the_platform() {
    let bench = Bench::new("import time\ndef handler(event, context):\n    time.sleep(600)\n");
    assert_eq!(
        platform_sentence(&bench.timeout(Duration::from_secs(1))).await,
        "Function timed out after 1 seconds (maxMemoryUsage: MMB)"
    );
}

#[tokio::test]
async fn an_instance_takes_no_request_after_it_exited() {
    let bench = Bench::new("import os\ndef handler(event, context):\n    os._exit(0)\n");
    let mut instance = bench.start().await;
    instance.invoke(bench.invocation.clone()).await;
    assert!(!instance.is_alive());
    let again = instance.invoke(bench.invocation.clone()).await;
    assert!(text(&again.body).contains("Process exited unexpectedly"));
}

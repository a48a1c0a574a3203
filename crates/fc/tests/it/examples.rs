//! The three handlers of the user guide, as they stand in `examples/`.

use std::path::Path;

use crate::bench::{Bench, text};

fn example(name: &str) -> Bench {
    let mut bench = Bench::new("").credentials();
    bench.function.code = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name);
    bench
}

#[tokio::test]
async fn parse_event_returns_the_value_without_quotes() {
    assert_eq!(
        example("parse_event")
            .event(r#"{"key": "value"}"#)
            .answer()
            .await,
        "value"
    );
}

#[tokio::test]
async fn run_command_returns_the_listing() {
    let listing = example("run_command").answer().await;
    assert!(listing.contains("index.py"), "{listing}");
}

/// With a stand-in for oss2 that shows what the handler asked of it.
#[tokio::test]
async fn access_oss_puts_the_object_with_the_temporary_keys() {
    let stand_in = "\
class StsAuth:
    def __init__(self, *keys):
        self.keys = keys
class Bucket:
    def __init__(self, auth, endpoint, name):
        self.about = auth.keys + (endpoint, name)
    def put_object(self, key, text):
        print(*self.about + (key, text))
";
    let event = r#"{"endpoint": "http://oss-cn-shenzhen-internal.aliyuncs.com", "bucket": "oss-demo",
        "objectName": "oss-test-object", "message": "oss-test-content"}"#;
    let source = example("access_oss").function.code.join("index.py");
    let source = std::fs::read_to_string(source).unwrap();
    let bench = Bench::new(&source).credentials().event(event);
    let bench = bench.file("oss2.py", stand_in);
    let outcome = bench.run().await;
    let log = text(&outcome.log);
    assert_eq!(outcome.body, "success", "{log}");
    let asked = "STS.id the-secret the-token http://oss-cn-shenzhen-internal.aliyuncs.com oss-demo oss-test-object \
                 oss-test-content";
    assert!(log.contains(asked), "{log}");
}

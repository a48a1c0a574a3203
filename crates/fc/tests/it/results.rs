//! What a handler returns, and the body that it becomes (`spec/fc.md` §1.3, §1.5).

use crate::bench::Bench;

async fn check(expression: &str, body: &str) {
    assert_eq!(
        Bench::returning(expression).answer().await,
        body,
        "{expression}"
    );
}

#[tokio::test]
async fn text_is_verbatim() {
    check("'value'", "value").await;
    check("'\\u676d\\u5dde'", "杭州").await;
}

#[tokio::test]
async fn bytes_are_verbatim() {
    let outcome = Bench::returning("b'\\x00\\xff\\n'").run().await;
    assert_eq!(outcome.body.as_ref(), b"\0\xff\n");
}

#[tokio::test]
async fn other_values_are_json() {
    check("None", "null").await;
    check("3", "3").await;
    check("2.5", "2.5").await;
    check("True", "true").await;
    check("(1, 'a')", "[\n    1,\n    \"a\"\n]").await;
    check("[]", "[]").await;
}

#[tokio::test]
async fn objects_are_indented_by_four_and_sorted() {
    check(
        "{'b': {'d': 1, 'c': []}, 'a': 'x'}",
        "{\n    \"a\": \"x\",\n    \"b\": {\n        \"c\": [],\n        \"d\": 1\n    }\n}",
    )
    .await;
}

#[tokio::test]
async fn decimals_dates_and_to_json_are_understood() {
    let source = "\
import datetime, decimal
class Point:
    def to_json(self):
        return {'x': 1}
def handler(event, context):
    return [decimal.Decimal('1.5'), datetime.date(2026, 11, 22), datetime.datetime(2026, 11, 22, 1, 2, 3), Point()]
";
    assert_eq!(
        Bench::new(source).json().await,
        serde_json::json!([1.5, "2026-11-22", "2026-11-22T01:02:03", { "x": 1 }])
    );
}

#[tokio::test]
async fn what_json_cannot_say_is_a_type_error() {
    let failure = Bench::returning("{'a': {1, 2}}").failure().await;
    assert_eq!(failure["errorType"], "TypeError");
    assert_eq!(
        failure["errorMessage"],
        "Object of type set is not JSON serializable"
    );
}

#[tokio::test]
async fn the_event_is_bytes_untouched() {
    let source =
        "def handler(event, context):\n    return type(event).__name__.encode() + b' ' + event\n";
    let outcome = Bench::new(source).event(&b"\0{\xff\r\n"[..]).run().await;
    assert_eq!(outcome.body.as_ref(), b"bytes \0{\xff\r\n");
}

#[tokio::test]
async fn no_event_is_empty_bytes() {
    assert_eq!(Bench::returning("repr(event)").answer().await, "b''");
}

#[tokio::test]
async fn a_large_event_and_a_large_answer_pass() {
    let event = vec![b'x'; 32 << 20];
    let outcome = Bench::returning("event").event(event).run().await;
    assert_eq!(outcome.body.len(), 32 << 20);
}

#[tokio::test]
async fn more_than_32_mib_is_refused() {
    let failure = Bench::returning("b'x' * (32 * 1024 * 1024 + 1)")
        .failure()
        .await;
    let message = failure["errorMessage"].as_str().unwrap();
    assert!(
        message.starts_with("The function returned more than 32 MiB"),
        "{message}"
    );
}

#[tokio::test]
async fn globals_survive_between_requests() {
    let bench = Bench::new(
        "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n",
    );
    let mut instance = bench.start().await;
    for expected in ["1", "2", "3"] {
        assert_eq!(
            instance.invoke(bench.invocation.clone()).await.body,
            expected
        );
        assert!(instance.is_alive());
    }
}

//! The log of a request (`spec/fc.md` §1.7).

use std::time::Duration;

use crate::bench::{Bench, REQUEST_ID, text};

/// The log's lines; stamps become `T`.
async fn lines(bench: &Bench) -> Vec<String> {
    let log = text(&bench.run().await.log);
    log.lines().map(unstamped).collect()
}

fn unstamped(line: &str) -> String {
    let shape: String = line
        .chars()
        .take(24)
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    if shape == "0000-00-00T00:00:00.000Z" {
        format!("T{}", &line[24..])
    } else {
        line.to_owned()
    }
}

#[tokio::test]
async fn a_request_is_framed_by_start_and_end() {
    let expected = [
        "FunctionCompute python3.10 runtime inited.".to_owned(),
        format!("FC Invoke Start RequestId: {REQUEST_ID}"),
        format!("FC Invoke End RequestId: {REQUEST_ID}"),
    ];
    assert_eq!(lines(&Bench::returning("1")).await, expected);
}

#[tokio::test]
async fn print_passes_raw_and_loggers_are_stamped_in_order() {
    let source = "\
import logging, sys
log = logging.getLogger('mine')
def handler(event, context):
    print('printed')
    log.info('from %s', 'mine')
    sys.stderr.write('to stderr\\n')
    context.getLogger().warning('from context')
    logging.debug('not shown')
    print('no newline', end='')
";
    let expected = [
        "printed".to_owned(),
        format!("T {REQUEST_ID} [INFO] from mine"),
        "to stderr".to_owned(),
        format!("T {REQUEST_ID} [WARNING] from context"),
        "no newline".to_owned(),
    ];
    assert_eq!(lines(&Bench::new(source)).await[2..7], expected);
}

#[tokio::test]
async fn a_failure_is_logged_before_the_end() {
    let log = lines(&Bench::returning("1").handler("index.foo")).await;
    let expected = [
        format!(
            "T {REQUEST_ID} [ERROR] {{\"errorMessage\": \"Handler 'foo' is missing on module 'index'\", \
             \"errorType\": \"HandlerNotFound\"}}"
        ),
        format!("FC Invoke End RequestId: {REQUEST_ID}, Error: Unhandled function error"),
    ];
    assert_eq!(log[2..], expected);
}

#[tokio::test]
async fn the_host_ends_the_log_of_a_dead_process() {
    let bench = Bench::new(
        "import os\ndef handler(event, context):\n    print('last words')\n    os._exit(0)\n",
    );
    let log = lines(&bench).await;
    assert_eq!(log[2], "last words");
    let end = format!(
        "FC Invoke End RequestId: {REQUEST_ID}, Error: Process exited unexpectedly before completing"
    );
    assert!(log[3].starts_with(&end), "{}", log[3]);
}

#[tokio::test]
async fn a_timeout_shows_what_every_thread_was_doing() {
    let source = "\
import threading, time
def background():
    time.sleep(600)
def handler(event, context):
    threading.Thread(target=background, name='worker').start()
    time.sleep(600)
";
    let log = text(
        &Bench::new(source)
            .timeout(Duration::from_secs(1))
            .run()
            .await
            .log,
    );
    for part in [
        "Thread MainThread:",
        "Thread worker:",
        "File \"/code/index.py\", line 6, in handler",
        "in background",
    ] {
        assert!(log.contains(part), "{part} is missing in:\n{log}");
    }
    assert!(log.trim_end().ends_with("MB)"), "{log}");
}

#[tokio::test]
async fn each_request_has_its_own_log() {
    let mut bench = Bench::returning("print(event.decode())").event("first");
    let mut instance = bench.start().await;
    let first = text(&instance.invoke(bench.invocation.clone()).await.log);
    bench = bench.event("second");
    let second = text(&instance.invoke(bench.invocation.clone()).await.log);
    assert!(first.contains("first"));
    let expected = format!(
        "FC Invoke Start RequestId: {REQUEST_ID}\nsecond\nFC Invoke End RequestId: {REQUEST_ID}\n"
    );
    assert_eq!(second, expected);
}

#[tokio::test]
async fn output_of_children_is_part_of_the_log() {
    let log = lines(&Bench::returning(
        "__import__('os').system('echo from a child')",
    ))
    .await;
    assert_eq!(log[2], "from a child");
}

#[tokio::test]
async fn much_output_neither_blocks_nor_grows_without_end() {
    let bench = Bench::returning("[print('x' * 32767) for _ in range(600)] and 'done'");
    let outcome = bench.run().await;
    assert_eq!(outcome.body, "done");
    assert!(outcome.log.len() < (16 << 20) + 1024);
    assert!(text(&outcome.log).contains("more bytes of output were dropped"));
}

#[tokio::test]
async fn a_line_is_cut_at_32_kib() {
    let bench = Bench::returning("[print('x' * n + 'end') for n in (32765, 32766)] and 'done'");
    let outcome = bench.run().await;
    let log = text(&outcome.log);
    let long: Vec<&str> = log.lines().filter(|line| line.starts_with('x')).collect();
    assert_eq!(
        long.iter().map(|line| line.len()).collect::<Vec<_>>(),
        [32768, 32768]
    );
    assert!(long[0].ends_with("xend") && long[1].ends_with("xen"));
    assert!(
        log.contains("localyun: 1 more bytes of output were dropped"),
        "it is said"
    );
}

#[tokio::test]
async fn text_that_is_not_utf_8_passes() {
    let outcome = Bench::returning("print(b'\\xff\\xe4'.decode('utf-8', 'surrogateescape'))")
        .run()
        .await;
    assert!(outcome.error.is_none());
    assert!(outcome.log.windows(2).any(|pair| pair == b"\xff\xe4"));
}

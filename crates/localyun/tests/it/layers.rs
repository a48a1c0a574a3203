//! What is left of a layer's version that was deleted, as long as functions have it and after that.

use crate::requests::{Key, TestCloud};

/// A ZIP archive with one file.
const CODE: &str = "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAABAAAAYWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLBQYAAAAAAQABAC8AAAAgAAAAAAA=";

async fn ask(cloud: &TestCloud, method: &str, path: &str, body: &'static str) {
    let path = format!("/2023-03-30/{path}");
    let key = Key::administrator();
    let answer = cloud.fc(method, &path, body, Some(&key)).await;
    assert!(
        answer.status().is_success(),
        "{method} {path}: {}",
        crate::requests::text(answer).await
    );
}

/// How many rows there are of layers, but for the number and the account, which stay.
async fn left(cloud: &TestCloud) -> usize {
    cloud.collect_layers().await;
    let rows = cloud.rows().await;
    let of_layers = rows.keys().filter(|key| key.starts_with(b"fc/layer"));
    let stays =
        |key: &[u8]| key.starts_with(b"fc/layerlast/") || key.starts_with(b"fc/layeraccount/");
    of_layers.filter(|key| !stays(key)).count()
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

#[tokio::test]
async fn the_code_of_a_deleted_version_goes_with_the_last_function_that_has_it() {
    let cloud = TestCloud::new().await;
    let code = format!(r#"{{"zipFile":"{CODE}"}}"#);
    let layer = leak(format!(r#"{{"code":{code}}}"#));
    let arn = "acs:fc:cn-hangzhou:1234567890123456:layers/l/versions";
    let function = |name: &str, number: u64| {
        leak(format!(
            r#"{{"functionName":"{name}","runtime":"python3.10","handler":"a.b","code":{code},"layers":["{arn}/{number}"]}}"#
        ))
    };
    for _ in 0..2 {
        ask(&cloud, "POST", "layers/l/versions", layer).await;
    }
    ask(&cloud, "POST", "functions", function("f", 1)).await;
    ask(&cloud, "POST", "functions/f/versions", "{}").await;
    ask(&cloud, "DELETE", "layers/l/versions/2", "").await;
    assert_eq!(
        left(&cloud).await,
        3,
        "the layer, its first version and its code"
    );
    ask(&cloud, "DELETE", "layers/l/versions/1", "").await;
    assert_eq!(left(&cloud).await, 2, "that it is gone, and its code");
    ask(&cloud, "PUT", "functions/f", r#"{"layers":[]}"#).await;
    assert_eq!(left(&cloud).await, 2, "the published version has it still");
    ask(&cloud, "DELETE", "functions/f/versions/1", "").await;
    assert_eq!(left(&cloud).await, 0);
}

//! Operations of the real service that are not here.

use fc::NOT_EMULATED;
use serde_json::json;

use crate::cloud::Cloud;

#[tokio::test]
async fn each_is_refused_by_its_name_in_the_words_of_its_generation() {
    let cloud = Cloud::new();
    for op in NOT_EMULATED {
        for door in op.doors {
            let parts = op.path.split('/').map(|part| match part.starts_with('{') {
                true => "a",
                false => part,
            });
            let path = parts.collect::<Vec<_>>().join("/");
            let target = format!("/{}/{path}", door.version());
            let answer = cloud.ask(op.method, &target).send().await;
            let body = answer.json();
            let (code, said) = match body.get("Code") {
                Some(code) => (code, &body["Message"]),
                None => (&body["ErrorCode"], &body["ErrorMessage"]),
            };
            assert_eq!(
                (answer.status, code),
                (400, &json!("PathNotSupported")),
                "{target}"
            );
            let end = format!("' is not supported. LocalYun does not emulate {}.", op.name);
            assert!(said.as_str().unwrap().ends_with(&end), "{target}: {said}");
        }
    }
    let wrong = cloud.ask("GET", "/2023-03-30/nonsense").send().await;
    let said = wrong.refused(400, "PathNotSupported");
    assert!(said.ends_with("is not supported"), "{said}");
}

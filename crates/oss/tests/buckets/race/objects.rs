//! Requests about one object at the same moment. At the end there is no object, and then there must be no blob either.

use std::sync::LazyLock;

use super::{at_once, races};
use crate::cloud::{Ask, Cloud, ask};

const ROUNDS: usize = 60;

/// Large enough to become a blob; of one letter each, so that a mixture shows.
static LARGE: LazyLock<[String; 3]> = LazyLock::new(|| ["a", "b", "c"].map(|x| x.repeat(70_000)));

fn put(key: &'static str, body: &'static str) -> Ask<'static> {
    Ask {
        body,
        ..ask("PUT", "photos", key)
    }
}

/// The object's bytes, or nothing where there is none.
async fn bytes(cloud: &Cloud, key: &str) -> Option<String> {
    let answer = cloud.send(&ask("GET", "photos", key)).await;
    match answer.status {
        200 => Some(answer.body),
        404 => None,
        _ => panic!("{answer:?}"),
    }
}

/// Deletes the bucket with all that is in it.
async fn clear(cloud: &Cloud) {
    for key in cloud.ok("GET", "photos", "/").await.texts("Key") {
        cloud.ok("DELETE", "photos", &format!("/{key}")).await;
    }
    cloud.ok("DELETE", "photos", "/").await;
    cloud.has_no_blobs().await;
}

async fn one_append_wins_at_a_position(cloud: Cloud) {
    cloud.ok("PUT", "photos", "/").await;
    let append = |target, body| Ask {
        body,
        ..ask("POST", "photos", target)
    };
    for _ in 0..ROUNDS {
        let mut expected = String::new();
        for target in ["/log?append&position=0", "/log?append&position=70000"] {
            let requests = LARGE.iter().map(|body| append(target, body)).collect();
            let answers = at_once(&cloud, requests).await;
            let won: Vec<_> = (0..LARGE.len()).filter(|n| answers[*n].0 == 200).collect();
            assert_eq!(won.len(), 1, "{answers:?}");
            for (status, code) in answers.iter().filter(|(status, _)| *status != 200) {
                assert_eq!((*status, &**code), (409, "PositionNotEqualToLength"));
            }
            expected.push_str(&LARGE[won[0]]);
        }
        assert!(
            bytes(&cloud, "/log").await == Some(expected),
            "the winners' bytes, in order"
        );
        cloud.ok("DELETE", "photos", "/log").await;
    }
    clear(&cloud).await;
}

/// A copy shares the bytes of its source. It has all of them, whatever becomes of the source meanwhile, or is refused.
async fn a_copy_is_whole_or_refused(cloud: Cloud) {
    const FROM: &[(&str, &str)] = &[("x-oss-copy-source", "/photos/from")];
    cloud.ok("PUT", "photos", "/").await;
    let (mut copied, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        cloud.send(&put("/from", &LARGE[0])).await.expect(200);
        let copy = Ask {
            headers: FROM,
            ..ask("PUT", "photos", "/to")
        };
        let change = match round % 2 {
            0 => ask("DELETE", "photos", "/from"),
            _ => put("/from", &LARGE[1]),
        };
        let answers = at_once(&cloud, vec![change, copy]).await;
        let found = bytes(&cloud, "/to").await;
        match (answers[1].0, &*answers[1].1) {
            (200, _) => {
                copied += 1;
                let found = found.expect("it was copied");
                assert!(LARGE[..2].contains(&found), "it is one or the other");
                cloud.ok("DELETE", "photos", "/to").await;
            }
            (404, "NoSuchKey") => {
                refused += 1;
                assert_eq!(found, None);
            }
            _ => panic!("{answers:?}"),
        }
    }
    println!("{copied} copies came first, {refused} came too late");
    clear(&cloud).await;
}

/// Large bodies put into a bucket that is being deleted leave nothing behind when they come too late.
async fn a_refused_put_leaves_nothing(cloud: Cloud) {
    for _ in 0..ROUNDS {
        cloud.ok("PUT", "photos", "/").await;
        let mut requests: Vec<_> = LARGE.iter().map(|body| put("/a", body)).collect();
        requests.push(ask("DELETE", "photos", "/"));
        let answers = at_once(&cloud, requests).await;
        let deleted = answers[3].0 == 204;
        let listing = cloud.send(&ask("GET", "photos", "/")).await;
        assert_eq!(listing.status == 404, deleted, "{answers:?}");
        for (status, code) in &answers[..3] {
            let refused = (*status, &**code) == (404, "NoSuchBucket");
            assert!(*status == 200 || refused && deleted, "{answers:?}");
            assert!(!(*status == 200 && deleted), "{answers:?}");
        }
        if !deleted {
            let found = bytes(&cloud, "/a").await.expect("it was put");
            assert!(LARGE.contains(&found), "it is one of them");
            clear(&cloud).await;
        }
    }
    cloud.has_no_blobs().await;
}

/// The body that completes an upload with these parts.
fn completion(parts: &[(usize, &str)]) -> String {
    let part = |(number, etag): &(usize, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

/// Of two completions of one upload, with different parts, and its abortion one wins, and the others find no upload.
async fn an_upload_ends_once(cloud: Cloud) {
    cloud.ok("PUT", "photos", "/").await;
    let mut ends = [0; 3];
    for _ in 0..ROUNDS {
        let begun = cloud.ok("POST", "photos", "/a?uploads").await;
        let id = begun.text("UploadId");
        let mut etags = Vec::new();
        for (place, body) in LARGE.iter().take(2).enumerate() {
            let target = format!("/a?partNumber={}&uploadId={id}", place + 1);
            let part = Ask {
                body,
                ..ask("PUT", "photos", &target)
            };
            let stored = cloud.send(&part).await.expect(200);
            etags.push(stored.headers["etag"].to_str().expect("text").to_owned());
        }
        // Requests that run at once live as long as the test.
        let target: &'static str = format!("/a?uploadId={id}").leak();
        let complete = |parts: &[(usize, &str)]| Ask {
            body: completion(parts).leak(),
            ..ask("POST", "photos", target)
        };
        let requests = vec![
            complete(&[(1, &etags[0])]),
            complete(&[(2, &etags[1])]),
            ask("DELETE", "photos", target),
        ];
        let answers = at_once(&cloud, requests).await;
        let won: Vec<_> = (0..3).filter(|n| answers[*n].0 < 300).collect();
        let [winner] = won[..] else {
            panic!("{answers:?}")
        };
        ends[winner] += 1;
        let lost = answers.iter().filter(|(status, _)| *status >= 300);
        for (status, code) in lost {
            assert_eq!((*status, &**code), (404, "NoSuchUpload"));
        }
        let found = bytes(&cloud, "/a").await;
        assert!(
            found.as_ref() == LARGE[..2].get(winner),
            "the winner's part, or nothing"
        );
        cloud.ok("DELETE", "photos", "/a").await;
    }
    println!("two completions and an abortion won {ends:?}");
    clear(&cloud).await;
}

races! {
    one_append_wins_at_a_position: appends_on_threads appends_in_steps appends_on_disk;
    a_copy_is_whole_or_refused: copies_on_threads copies_in_steps copies_on_disk;
    an_upload_ends_once: ends_on_threads ends_in_steps ends_on_disk;
    a_refused_put_leaves_nothing: large_puts_on_threads large_puts_in_steps large_puts_on_disk;
}

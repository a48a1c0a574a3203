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

races! {
    one_append_wins_at_a_position: appends_on_threads appends_in_steps appends_on_disk;
    a_copy_is_whole_or_refused: copies_on_threads copies_in_steps copies_on_disk;
    a_refused_put_leaves_nothing: large_puts_on_threads large_puts_in_steps large_puts_on_disk;
}

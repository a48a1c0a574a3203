//! Requests at the same moment: on several threads, interleaved step by step on one, and over a store on disk.

mod objects;

use std::sync::Arc;

use tokio::sync::Barrier;

use crate::cloud::{Ask, Cloud, STRANGER, ask};

const ROUNDS: usize = 200;

/// Starts all of them, each on a task of its own that lets the others go first `pace` times for each task before it,
/// and returns their answers in order.
async fn paced(pace: usize, cloud: &Cloud, requests: Vec<Ask<'static>>) -> Vec<(u16, String)> {
    let barrier = Arc::new(Barrier::new(requests.len()));
    let tasks = requests.into_iter().enumerate().map(|(place, request)| {
        let (cloud, barrier) = (cloud.clone(), barrier.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            for _ in 0..pace * place {
                tokio::task::yield_now().await;
            }
            let answer = cloud.send(&request).await;
            (answer.status, answer.text("Code").to_owned())
        })
    });
    let mut answers = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        answers.push(task.await.expect("no task panics"));
    }
    answers
}

async fn at_once(cloud: &Cloud, requests: Vec<Ask<'static>>) -> Vec<(u16, String)> {
    paced(0, cloud, requests).await
}

/// Whatever the order, the bucket and the object exist both or neither, and the answers say which.
async fn either_the_put_or_the_deletion_wins(cloud: Cloud) {
    let (mut kept, mut deleted) = (0, 0);
    for _ in 0..ROUNDS {
        cloud.ok("PUT", "photos", "/").await;
        let put = Ask {
            body: "x",
            ..ask("PUT", "photos", "/a")
        };
        let requests = vec![
            put,
            ask("DELETE", "photos", "/"),
            ask("DELETE", "photos", "/"),
        ];
        let answers = at_once(&cloud, requests).await;
        let deletions = answers[1..]
            .iter()
            .filter(|(status, _)| *status == 204)
            .count();
        let listing = cloud.send(&ask("GET", "photos", "/")).await;
        match answers[0].0 {
            200 => {
                kept += 1;
                assert_eq!(deletions, 0, "{answers:?}");
                assert!(
                    answers[1..]
                        .iter()
                        .all(|(_, code)| code == "BucketNotEmpty"),
                    "{answers:?}"
                );
                assert_eq!(listing.texts("Key"), ["a"]);
                cloud.ok("DELETE", "photos", "/a").await;
                cloud.ok("DELETE", "photos", "/").await;
            }
            404 => {
                deleted += 1;
                assert_eq!(answers[0].1, "NoSuchBucket");
                assert_eq!(deletions, 1, "{answers:?}");
                assert_eq!(listing.text("Code"), "NoSuchBucket");
            }
            other => panic!("{other}: {answers:?}"),
        }
        // Nothing of it comes back with a new bucket of the same name.
        cloud.ok("PUT", "photos", "/").await;
        assert!(cloud.ok("GET", "photos", "/").await.texts("Key").is_empty());
        cloud.ok("DELETE", "photos", "/").await;
    }
    println!("the put won {kept} times, the deletion {deleted} times");
}

/// A change of the ACL never brings a bucket back.
async fn a_deleted_bucket_stays_deleted(cloud: Cloud) {
    const PUBLIC: &[(&str, &str)] = &[("x-oss-acl", "public-read")];
    for _ in 0..ROUNDS {
        cloud.ok("PUT", "photos", "/").await;
        let acl = Ask {
            headers: PUBLIC,
            ..ask("PUT", "photos", "/?acl")
        };
        // A deletion takes more steps than a change, so the changes come a little later.
        let delete = ask("DELETE", "photos", "/");
        let answers = paced(
            7,
            &cloud,
            vec![delete, acl.clone(), acl.clone(), acl.clone(), acl],
        )
        .await;
        assert_eq!(answers[0].0, 204);
        // Where the ACL came after the deletion, the request made a bucket of its own, which is a whole one.
        if cloud.send(&ask("GET", "photos", "/?acl")).await.status == 200 {
            cloud.ok("PUT", "photos", "/a").await;
            cloud.ok("DELETE", "photos", "/a").await;
            cloud.ok("DELETE", "photos", "/").await;
        }
    }
}

async fn one_account_gets_the_name(cloud: Cloud) {
    for _ in 0..ROUNDS {
        let strange = Ask {
            caller: STRANGER,
            ..ask("PUT", "photos", "/")
        };
        let answers = at_once(&cloud, vec![ask("PUT", "photos", "/"), strange]).await;
        let mut statuses = [answers[0].0, answers[1].0];
        let owner = if statuses[0] == 200 {
            crate::cloud::OWNER
        } else {
            STRANGER
        };
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{answers:?}");
        cloud
            .send(&Ask {
                caller: owner,
                ..ask("DELETE", "photos", "/")
            })
            .await
            .expect(204);
    }
}

async fn the_limit_of_buckets_is_exact(cloud: Cloud) {
    for number in 0..95 {
        cloud.ok("PUT", &format!("bucket-{number}"), "/").await;
    }
    let names = [
        "more-0", "more-1", "more-2", "more-3", "more-4", "more-5", "more-6", "more-7", "more-8",
    ];
    let requests = names.iter().map(|name| ask("PUT", name, "/")).collect();
    let answers = at_once(&cloud, requests).await;
    let made = answers.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(made, 5, "{answers:?}");
    assert_eq!(
        cloud
            .ok("GET", "", "/?max-keys=1000")
            .await
            .texts("Name")
            .len(),
        100
    );
}

/// Runs a race all three ways.
macro_rules! races {
    ($($race:ident: $threads:ident $steps:ident $disk:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $threads() {
            $race(Cloud::new()).await;
        }

        #[tokio::test]
        async fn $steps() {
            $race(Cloud::shaken()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $disk() {
            $race(Cloud::on_disk()).await;
        }
    )*};
}
use races;

races! {
    either_the_put_or_the_deletion_wins: put_and_delete_on_threads put_and_delete_in_steps put_and_delete_on_disk;
    a_deleted_bucket_stays_deleted: acl_and_delete_on_threads acl_and_delete_in_steps acl_and_delete_on_disk;
    one_account_gets_the_name: two_accounts_on_threads two_accounts_in_steps two_accounts_on_disk;
    the_limit_of_buckets_is_exact: limit_on_threads limit_in_steps limit_on_disk;
}

//! What runs without anybody waiting, attempt by attempt, on a clock that stands still.

use chrono::{DateTime, TimeDelta, Utc};
use fc::Due;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cloud::{Cloud, Planned};

/// What is due, and what comes of attempting it.
struct Attendant {
    cloud: Cloud,
    due: UnboundedReceiver<Due>,
}

impl Attendant {
    fn new(cloud: &Cloud) -> Self {
        let due = cloud.fc.due().unwrap();
        assert!(cloud.fc.due().is_none(), "there is one who attends");
        Self {
            cloud: cloud.clone(),
            due,
        }
    }

    /// What was handed over and not taken yet.
    fn handed_over(&mut self) -> Vec<Due> {
        std::iter::from_fn(|| self.due.try_recv().ok()).collect()
    }

    /// Attempts it until it is settled, moving the clock to each time. Gives the waits in milliseconds.
    async fn settle(&self, mut job: Due) -> Vec<i64> {
        let mut waits = Vec::new();
        while let Some(next) = self.cloud.fc.attempt(&self.cloud.gateway, &job).await {
            let clock = &self.cloud.gateway.clock;
            waits.push((next - clock.now().virtual_).num_milliseconds());
            clock.set(next);
            job.at = next;
        }
        waits
    }
}

fn now(cloud: &Cloud) -> DateTime<Utc> {
    cloud.gateway.clock.now().virtual_
}

#[tokio::test]
async fn an_asynchronous_invocation_runs_once() {
    let cloud = Cloud::new();
    cloud.create("f").await;
    let mut attendant = Attendant::new(&cloud);
    let ask = cloud
        .invoke("f", "later")
        .header("x-fc-invocation-type", "Async");
    let accepted = ask.send().await.expect(202);
    assert!(accepted.body.is_empty() && cloud.host.asked().is_empty());
    let [job] = &attendant.handed_over()[..] else {
        panic!("it is handed over once");
    };
    assert_eq!(job.at, now(&cloud));
    assert!(attendant.settle(job.clone()).await.is_empty());
    let [(_, invocation)] = &cloud.host.asked()[..] else {
        panic!("it runs once");
    };
    assert_eq!(
        Some(&*invocation.request_id),
        accepted.header("x-fc-request-id")
    );
    cloud.fc.resume().await.unwrap();
    assert!(attendant.handed_over().is_empty(), "nothing is left of it");
}

#[tokio::test]
async fn failures_are_tried_again_three_times_and_full_houses_for_longer() {
    let cloud = Cloud::new();
    cloud.create("f").await;
    let mut attendant = Attendant::new(&cloud);
    let later = || {
        cloud
            .invoke("f", "x")
            .header("x-fc-invocation-type", "Async")
            .send()
    };
    later().await.expect(202);
    cloud.host.plan(&[Planned::Fails; 9]);
    let job = attendant.handed_over().remove(0);
    assert_eq!(attendant.settle(job).await, [500, 1000, 2000]);
    let tries: Vec<u32> = cloud
        .host
        .asked()
        .iter()
        .map(|(_, i)| i.retry_count)
        .collect();
    assert_eq!(tries, [0, 1, 2, 3]);

    let cloud = Cloud::new();
    cloud.create("f").await;
    let mut attendant = Attendant::new(&cloud);
    cloud
        .invoke("f", "x")
        .header("x-fc-invocation-type", "Async")
        .send()
        .await
        .expect(202);
    cloud.host.plan(&[Planned::HasNoRoom; 5]);
    let job = attendant.handed_over().remove(0);
    assert_eq!(attendant.settle(job).await, [500, 1000, 2000, 4000, 8000]);
    assert_eq!(cloud.host.asked().len(), 6);
}

#[tokio::test]
async fn what_is_put_off_waits() {
    let cloud = Cloud::new();
    cloud.create("f").await;
    let mut attendant = Attendant::new(&cloud);
    let ask = cloud
        .invoke("f", "x")
        .header("x-fc-invocation-type", "Async");
    ask.header("x-fc-async-delay", "60")
        .send()
        .await
        .expect(202);
    assert_eq!(
        attendant.handed_over()[0].at,
        now(&cloud) + TimeDelta::seconds(60)
    );
}

async fn timer(cloud: &Cloud, name: &str, config: Value) {
    let body =
        json!({"triggerName": name, "triggerType": "timer", "triggerConfig": config.to_string()});
    let made = cloud
        .ask("POST", "/2023-03-30/functions/f/triggers")
        .json(&body)
        .send()
        .await;
    made.expect(200);
}

/// The clock of these tests stands at 02:03:04.567.
#[tokio::test]
async fn timers_go_by_the_clock() {
    let cloud = Cloud::new();
    cloud.create("f").await;
    let mut attendant = Attendant::new(&cloud);
    let clock = &cloud.gateway.clock;
    assert_eq!(cloud.fc.keep_time(clock).await.unwrap(), None);
    timer(
        &cloud,
        "hourly",
        json!({"cronExpression": "0 0 * * * *", "enable": true, "payload": "p"}),
    )
    .await;
    timer(
        &cloud,
        "period",
        json!({"cronExpression": "@every 50m", "enable": true}),
    )
    .await;
    timer(
        &cloud,
        "off",
        json!({"cronExpression": "0 * * * * *", "enable": false}),
    )
    .await;
    let next = cloud.fc.keep_time(clock).await.unwrap();
    assert_eq!(next, Some("2026-01-15T02:53:04.567Z".parse().unwrap()));
    assert!(attendant.handed_over().is_empty(), "nothing has come yet");

    clock.advance(TimeDelta::hours(1));
    let next = cloud.fc.keep_time(clock).await.unwrap();
    assert_eq!(next, Some("2026-01-15T03:43:04.567Z".parse().unwrap()));
    for job in attendant.handed_over() {
        assert!(attendant.settle(job).await.is_empty());
    }
    let expected = [
        r#"{"triggerTime":"2026-01-15T02:53:04Z","triggerName":"period","payload":""}"#,
        r#"{"triggerTime":"2026-01-15T03:00:00Z","triggerName":"hourly","payload":"p"}"#,
    ];
    assert_eq!(cloud.host.events(), expected);
    cloud.fc.keep_time(clock).await.unwrap();
    assert!(attendant.handed_over().is_empty(), "and none comes twice");
}

#[tokio::test]
async fn a_clock_that_goes_back_lets_times_come_again() {
    let cloud = Cloud::new();
    cloud.create("f").await;
    let mut attendant = Attendant::new(&cloud);
    let clock = &cloud.gateway.clock;
    timer(
        &cloud,
        "hourly",
        json!({"cronExpression": "0 0 * * * *", "enable": true}),
    )
    .await;
    cloud.fc.keep_time(clock).await.unwrap();
    for (hours, fired) in [(1, 1), (-1, 0), (1, 1), (48, 48), (1000, 100)] {
        clock.advance(TimeDelta::hours(hours));
        cloud.fc.keep_time(clock).await.unwrap();
        assert_eq!(attendant.handed_over().len(), fired, "after {hours} hours");
    }
}

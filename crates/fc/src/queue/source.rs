//! What other services make of what happens in them: events of objects.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use gateway::{Events, Fault, FollowUps, ObjectEvent};
use serde_json::{Value, json};
use store::Batch;

use super::JobRow;
use crate::rows::Place;
use crate::triggers::Watch;
use crate::{Fc, Target};

#[async_trait]
impl Events for Fc {
    async fn watches(&self, bucket: &str) -> Result<bool, Fault> {
        self.is_watched(bucket).await
    }

    fn watches_at_hand(&self, bucket: &str) -> Option<bool> {
        self.watched.look(bucket).ok()
    }

    async fn follow(&self, batch: &mut Batch, event: &ObjectEvent) -> Result<FollowUps, Fault> {
        let watches = self.watches_of(&event.bucket).await?;
        let set_off = watches
            .iter()
            .filter(|watch| watch.rule.fits(event.name, &event.key));
        let mut keys = Vec::new();
        for watch in set_off {
            let job = self.accept(batch, self.job(watch, event)).await?;
            keys.push(job.key());
        }
        Ok(FollowUps { keys, at: event.at })
    }

    fn begin(&self, follow_ups: FollowUps) {
        for key in follow_ups.keys {
            self.queue.hand_over(key, follow_ups.at);
        }
    }
}

impl Fc {
    fn job(&self, watch: &Watch, event: &ObjectEvent) -> JobRow {
        let place = Place::of(&watch.account, &watch.region, &watch.service);
        let qualifier = Some(watch.qualifier.clone()).filter(|q| !q.is_empty());
        let target = Target::kept(&place, &watch.function, qualifier);
        let text = described(watch, event).to_string();
        let id = self.request_id(&target, event.at);
        JobRow {
            role: Some(watch.role.clone()),
            ..JobRow::new(&target, id, text.as_bytes(), event.at)
        }
    }
}

/// The event as functions get it (spec/fc.md §3.7).
fn described(watch: &Watch, event: &ObjectEvent) -> Value {
    let user: serde_json::Map<String, Value> = event
        .metadata
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({"events": [{
        "eventName": event.name,
        "eventSource": "acs:oss",
        "eventTime": time(event.at),
        "eventVersion": "1.0",
        "oss": {
            "bucket": {
                "arn": format!("acs:oss:{}:{}:{}", event.region, event.owner, event.bucket),
                "name": event.bucket,
                "ownerIdentity": event.owner,
            },
            "object": {
                "deltaSize": event.delta,
                "eTag": event.etag,
                "key": event.key,
                "objectMeta": {"mimeType": event.mime, "userMeta": user},
                "size": event.size,
            },
            "ossSchemaVersion": "1.0",
            "ruleId": watch.id,
        },
        "region": event.region,
        "requestParameters": {"sourceIPAddress": event.peer.to_string()},
        "responseElements": {"requestId": event.request_id},
        "userIdentity": {"principalId": event.principal},
    }]})
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

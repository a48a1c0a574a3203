//! What other services make of what happens in them, and whether they may: events of objects.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use gateway::directory::IssueRequest;
use gateway::{AuthMode, Events, Fault, Gateway, Guard, Layers, Moment, ObjectEvent};
use policy::{Context, Verdict};
use serde_json::{Value, json};

use super::JobRow;
use crate::rows::Place;
use crate::triggers::Watch;
use crate::{Fc, Generation, fault};

/// OSS, as trust policies name it.
const OSS: &str = "oss.aliyuncs.com";
/// What it does with the role.
const INVOKE: &str = "fc:InvokeFunction";
/// How long the credentials live with which the role is looked at, in seconds.
const MOMENT: u32 = 900;

#[async_trait]
impl Events for Fc {
    async fn watches(&self, bucket: &str) -> Result<bool, Fault> {
        self.is_watched(bucket).await
    }

    async fn happened(&self, event: &ObjectEvent) -> Result<(), Fault> {
        let watches = self.watches_of(&event.bucket).await?;
        let set_off = watches
            .iter()
            .filter(|watch| watch.rule.fits(event.name, &event.key));
        let jobs: Vec<JobRow> = set_off.map(|watch| self.job(watch, event)).collect();
        match jobs.is_empty() {
            true => Ok(()),
            false => self.enqueue(&jobs).await,
        }
    }
}

impl Fc {
    fn job(&self, watch: &Watch, event: &ObjectEvent) -> JobRow {
        let place = Place {
            account: watch.account.as_str().into(),
            region: watch.region.as_str().into(),
            service: watch.service.as_str().into(),
            version: None,
        };
        let (generation, id) = match place.is_bare() {
            true => (Generation::V2023, self.ids.fc(event.at)),
            false => (Generation::V2021, self.ids.uuid().lower()),
        };
        let qualifier = Some(watch.qualifier.clone()).filter(|q| !q.is_empty());
        let target = crate::Target::of_function(generation, &place, &watch.function, qualifier);
        let text = described(watch, event).to_string();
        JobRow {
            role: Some(watch.role.clone()),
            ..JobRow::new(&target, id.to_string(), text.as_bytes(), event.at)
        }
    }

    /// Whether OSS may invoke a function with this role: it has to trust OSS, and its policies have to allow it.
    ///
    /// # Errors
    ///
    /// `AccessDenied`.
    pub(super) async fn expect_may_invoke(
        &self,
        gateway: &Gateway,
        role: &str,
        target: &crate::Target,
        now: &Moment,
    ) -> Result<(), Fault> {
        if gateway.mode() == AuthMode::Off {
            return Ok(());
        }
        let request = IssueRequest {
            service: OSS,
            role_arn: role,
            session_name: "oss-event",
            seconds: MOMENT,
        };
        let issued = self.issue(request, now).await?;
        let (key, token) = (&issued.access_key_id, issued.security_token.as_str());
        let credential = self.directory.credential(key, Some(token), now).await;
        let caller = credential
            .map_err(|_| fault::cannot_assume_role(role))?
            .caller;
        let layers = Layers {
            identity: self.directory.policies(&caller).await?,
            session: None,
            guard: Guard::owned_by(target.account.clone()),
        };
        let arn = target.arn(&target.resource(match target.generation.has_services() {
            true => "services/{serviceName}{.qualifier}/functions/{functionName}",
            false => "functions/{functionName}{/qualifier}",
        }));
        let mut context = Context::new();
        context.insert(
            "acs:CurrentTime",
            now.virtual_.to_rfc3339_opts(SecondsFormat::Secs, true),
        );
        context.insert("acs:PrincipalARN", caller.principal.arn());
        let request = policy::Request {
            principal: &caller.principal,
            action: INVOKE,
            resource: &arn,
            context: &context,
        };
        let allowed = layers.decide(&request, &mut ()).verdict == Verdict::Allow;
        match allowed || gateway.mode() == AuthMode::Audit {
            true => Ok(()),
            false => Err(fault::role_may_not(role, INVOKE, &arn)),
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

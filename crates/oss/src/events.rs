//! Telling others what happened to objects. Where nobody watches a bucket that costs one look-up in memory.

use std::sync::{Arc, Weak};

use gateway::{Call, Events, ObjectEvent};
use policy::Principal;

use crate::Oss;
use crate::headers::Stored;
use crate::locate::ObjectTarget;
use crate::rows::Object;

/// An event of which the change is not committed yet.
pub(crate) struct Ahead(Option<(Arc<dyn Events>, Box<ObjectEvent>)>);

impl Oss {
    /// Says who is told of what happens. Only the first time counts. It is not kept alive by this.
    pub fn tell(&self, events: &Arc<dyn Events>) {
        self.events.get_or_init(|| Arc::downgrade(events));
    }
}

/// What is there after a change.
#[derive(Clone, Copy)]
pub(crate) enum After<'a> {
    Object(&'a Object),
    Nothing,
    /// What was there before: parts of an upload are no object yet.
    Same,
}

/// Takes down what is going to happen to an object, if anybody watches.
pub(crate) async fn ahead(
    call: &Call<Oss>,
    at: &ObjectTarget,
    name: &'static str,
    after: After<'_>,
) -> Ahead {
    let events = call.service.events.get().and_then(Weak::upgrade);
    let Some(events) = events else {
        return Ahead(None);
    };
    match events.watches(&at.bucket.name).await {
        Ok(true) => Ahead(Some((events, Box::new(event(call, at, name, after))))),
        Ok(false) => Ahead(None),
        Err(fault) => {
            tracing::error!(%fault, bucket = &*at.bucket.name, "cannot see who watches a bucket");
            Ahead(None)
        }
    }
}

impl Ahead {
    /// Tells of it, once it has happened. The change stands, so that it cannot be told is no error of the request.
    pub(crate) async fn happened(self) {
        let Some((events, event)) = self.0 else {
            return;
        };
        if let Err(fault) = events.happened(&event).await {
            tracing::error!(%fault, bucket = event.bucket, key = event.key, "an event is lost");
        }
    }
}

/// Tells of what has happened already.
pub(crate) async fn happened(
    call: &Call<Oss>,
    at: &ObjectTarget,
    name: &'static str,
    after: After<'_>,
) {
    ahead(call, at, name, after).await.happened().await;
}

fn event(call: &Call<Oss>, at: &ObjectTarget, name: &'static str, after: After<'_>) -> ObjectEvent {
    let before = at.found.as_deref().map(|found| &found.object);
    let size =
        |object: Option<&Object>| object.map_or(0, |o| i64::try_from(o.size).unwrap_or(i64::MAX));
    let (object, delta) = match after {
        After::Object(object) => (Some(object), size(Some(object)) - size(before)),
        After::Nothing => (before, -size(before)),
        After::Same => (None, 0),
    };
    let metadata = object.map(|object| &object.metadata);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let system = metadata.into_iter().flat_map(|m| &m.system);
    let mut mime = system.filter(|(name, _)| *name == Stored::ContentType);
    let user = metadata.into_iter().flat_map(|m| &m.user);
    let user = user.map(|(name, value)| {
        let short = name.strip_prefix("x-oss-meta-").unwrap_or(name);
        (short.to_owned(), text(value))
    });
    ObjectEvent {
        name,
        region: at.bucket.region.to_string(),
        bucket: at.bucket.name.to_string(),
        owner: at.bucket.owner.to_string(),
        key: at.key.to_string(),
        size: object.map_or(0, |object| object.size),
        delta,
        etag: object.map_or(String::new(), |o| o.etag().trim_matches('"').to_owned()),
        mime: mime.next().map_or(String::new(), |(_, value)| text(value)),
        metadata: user.collect(),
        peer: call.head.peer,
        principal: principal(&call.caller.principal),
        request_id: call.id.to_string(),
        at: call.now.virtual_,
    }
}

fn principal(who: &Principal) -> String {
    match who {
        Principal::User { id, .. } => id.to_string(),
        Principal::Session {
            role_id,
            session_name,
            ..
        } => format!("{role_id}:{session_name}"),
        other => other.account().unwrap_or_default().to_owned(),
    }
}

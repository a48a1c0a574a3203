//! Telling others what happens to objects, in the commit that makes it happen. Where nobody watches a bucket that costs one look-up in memory.

use std::sync::{Arc, Weak};

use gateway::{Call, Events, Fault, FollowUps, ObjectEvent};
use policy::Principal;
use store::Batch;

use crate::Oss;
use crate::headers::Stored;
use crate::locate::ObjectTarget;
use crate::rows::Object;

/// Tells of one change, if anybody watches.
pub(crate) struct Telling<'a>(Option<Box<Teller<'a>>>);

struct Teller<'a> {
    call: &'a Call<Oss>,
    at: &'a ObjectTarget,
    name: &'static str,
    events: Arc<dyn Events>,
}

/// What is told in a commit that is not made yet.
#[must_use = "what follows begins only when it is told that the commit is made"]
pub(crate) struct Told(Option<(Arc<dyn Events>, FollowUps)>);

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

/// What tells of a change that is going to happen to an object.
pub(crate) async fn telling<'a>(
    call: &'a Call<Oss>,
    at: &'a ObjectTarget,
    name: &'static str,
) -> Result<Telling<'a>, Fault> {
    let Some(events) = call.service.events.get().and_then(Weak::upgrade) else {
        return Ok(Telling::NOBODY);
    };
    let watched = match events.watches_at_hand(&at.bucket.name) {
        Some(watched) => watched,
        None => events.watches(&at.bucket.name).await?,
    };
    if !watched {
        return Ok(Telling::NOBODY);
    }
    Ok(Telling(Some(Box::new(Teller {
        call,
        at,
        name,
        events,
    }))))
}

impl Telling<'_> {
    /// Nobody is told.
    pub(crate) const NOBODY: Self = Self(None);

    /// Adds what comes of the change to the commit that makes it.
    pub(crate) async fn join(
        &self,
        batch: &mut Batch,
        before: Option<&Object>,
        after: After<'_>,
    ) -> Result<Told, Fault> {
        let Some(teller) = &self.0 else {
            return Ok(Told(None));
        };
        let event = event(teller, before, after);
        let follow_ups = teller.events.follow(batch, &event).await?;
        Ok(Told(Some((teller.events.clone(), follow_ups))))
    }
}

impl Told {
    /// The commit is made.
    pub(crate) fn happened(self) {
        if let Some((events, follow_ups)) = self.0 {
            events.begin(follow_ups);
        }
    }
}

fn event(teller: &Teller<'_>, before: Option<&Object>, after: After<'_>) -> ObjectEvent {
    let (call, at) = (teller.call, teller.at);
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
        name: teller.name,
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

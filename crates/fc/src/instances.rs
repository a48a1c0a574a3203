//! The instances of a function that live.

use chrono::{DateTime, TimeDelta, Utc};
use gateway::{Call, Fault, Head};
use serde_json::{Value, json};

use crate::functions::Page;
use crate::locate::Target;
use crate::reply::Reply;
use crate::route::list_name;
use crate::settings::Fields;
use crate::{Fc, InstanceReport, fault, page};

/// What the real service calls the version that nobody published.
const UNPUBLISHED: &str = "0";
/// The status of all that live. The others are of those that do not.
const RUNNING: &str = "Running";

/// Which instances are wanted.
struct Wanted {
    ids: Vec<String>,
    statuses: Vec<String>,
    since: Option<i64>,
    until: Option<i64>,
}

impl Wanted {
    fn read(head: &Head) -> Result<Self, Fault> {
        let millis = |name| {
            let given = head.query.first(name).filter(|text| !text.is_empty());
            let number = given.map(|text| {
                text.parse().map_err(|_| {
                    fault::invalid_argument(format!(
                        "{name} '{text}' must be a time in milliseconds"
                    ))
                })
            });
            number.transpose()
        };
        // All that is told is active, so this asks for nothing more.
        page::switch(head, "withAllActive")?;
        Ok(Self {
            ids: texts(head, "instanceIds")?,
            statuses: texts(head, "instanceStatus")?,
            since: millis("startTimeMs")?,
            until: millis("endTimeMs")?,
        })
    }

    fn fits(&self, instance: &InstanceReport, created: i64) -> bool {
        let one_of =
            |all: &[String], one: &str| all.is_empty() || all.iter().any(|text| text == one);
        one_of(&self.ids, &instance.id)
            && one_of(&self.statuses, RUNNING)
            && self.since.is_none_or(|since| since <= created)
            && self.until.is_none_or(|until| created <= until)
    }
}

/// Texts in a parameter: a JSON list, as some SDKs write it, or one that is repeated, with a number or without.
fn texts(head: &Head, name: &str) -> Result<Vec<String>, Fault> {
    let given = head
        .query
        .iter()
        .filter(|pair| list_name(pair.name) == name);
    let mut all = Vec::new();
    for text in given.map(|pair| pair.value).filter(|text| !text.is_empty()) {
        match text.starts_with('[') {
            true => {
                let list = serde_json::from_str::<Vec<String>>(text);
                all.extend(list.map_err(|_| {
                    fault::invalid_argument(format!("{name} '{text}' must be a list of texts"))
                })?);
            }
            false => all.push(text.to_owned()),
        }
    }
    Ok(all)
}

/// The instances that run a function in the version or alias that is asked for, in the order in which they came.
///
/// # Errors
///
/// `FunctionNotFound` and the like, `InvalidArgument`.
pub(crate) async fn list(call: &Call<Fc>) -> Result<Reply, Fault> {
    let (target, service, now) = (&call.target, &call.service, call.now.wall);
    let page = Page::read(&call.head)?;
    let wanted = Wanted::read(&call.head)?;
    service.resolve(target).await?;
    let key = target.key();
    let mut all = service.host.instances();
    all.retain(|instance| {
        let own = instance.key.is_same_function(&key) && instance.key.qualifier == key.qualifier;
        own && !instance.id.is_empty() && wanted.fits(instance, created(instance, now))
    });
    if let Some(from) = &page.from {
        let at = all.iter().position(|instance| instance.id == *from);
        all.drain(..at.unwrap_or(all.len()));
    }
    all.truncate(page.limit);
    let shown: Vec<Value> = all
        .iter()
        .map(|one| shown(target, one, now).into())
        .collect();
    let mut body = Fields::new();
    body.insert("instances".to_owned(), shown.into());
    if !target.generation.has_services() {
        body.insert("requestId".to_owned(), json!(call.id.as_str()));
    }
    Reply::json(&body)
}

/// In milliseconds of wall time.
fn created(instance: &InstanceReport, now: DateTime<Utc>) -> i64 {
    let age = TimeDelta::from_std(instance.age).unwrap_or_default();
    (now - age).timestamp_millis()
}

fn shown(target: &Target, instance: &InstanceReport, now: DateTime<Utc>) -> Fields {
    let version = match instance.version_id.as_str() {
        "" => UNPUBLISHED,
        version => version,
    };
    let mut shown = Fields::new();
    shown.insert("instanceId".to_owned(), json!(instance.id));
    shown.insert("versionId".to_owned(), json!(version));
    if !target.generation.has_services() {
        for (name, value) in [
            ("qualifier", json!(&*instance.key.qualifier)),
            ("status", json!(RUNNING)),
            ("createdTimeMs", json!(created(instance, now))),
        ] {
            shown.insert(name.to_owned(), value);
        }
    }
    shown
}

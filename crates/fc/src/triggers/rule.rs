//! Which events of which objects a trigger of OSS is for.
//! <https://help.aliyun.com/zh/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger>

use gateway::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault;
use crate::settings::Fields;

/// The events by name. Those of replication and of changed metadata never happen here.
const EVENTS: &[&str] = &[
    "oss:ObjectCreated:*",
    "oss:ObjectCreated:PutObject",
    "oss:ObjectCreated:PostObject",
    "oss:ObjectCreated:CopyObject",
    "oss:ObjectCreated:PutSymlink",
    "oss:ObjectCreated:AppendObject",
    "oss:ObjectCreated:InitiateMultipartUpload",
    "oss:ObjectCreated:UploadPart",
    "oss:ObjectCreated:UploadPartCopy",
    "oss:ObjectCreated:CompleteMultipartUpload",
    "oss:ObjectRemoved:*",
    "oss:ObjectRemoved:DeleteObject",
    "oss:ObjectRemoved:DeleteObjects",
    "oss:ObjectRemoved:AbortMultipartUpload",
    "oss:ObjectModified:*",
    "oss:ObjectModified:UpdateObjectMeta",
    "oss:ObjectReplication:*",
    "oss:ObjectReplication:ObjectCreated",
    "oss:ObjectReplication:ObjectModified",
    "oss:ObjectReplication:ObjectRemoved",
];

/// Events, and the ends of the names of objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// With `oss:` before them.
    pub(crate) events: Vec<String>,
    /// Empty for any.
    pub(crate) prefix: String,
    /// Empty for any.
    pub(crate) suffix: String,
}

impl Rule {
    /// Reads `{"events": […], "filter": {"key": {"prefix": …, "suffix": …}}}`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn read(config: &Fields) -> Result<Self, Fault> {
        let mut rule = Self {
            events: Vec::new(),
            prefix: String::new(),
            suffix: String::new(),
        };
        for (name, value) in config {
            match (name.as_str(), value) {
                ("events", Value::Array(events)) => rule.events = read_events(events)?,
                ("filter", Value::Object(filter)) => rule.read_filter(filter)?,
                ("filter", Value::Null) => {}
                _ => return Err(fault::invalid_oss_config(&shown(name))),
            }
        }
        if rule.events.is_empty() {
            return Err(fault::invalid_oss_config("'events' is required"));
        }
        if rule.prefix.starts_with('/') {
            let why = format!("the prefix '{}' must not begin with '/'", rule.prefix);
            return Err(fault::invalid_oss_config(&why));
        }
        Ok(rule)
    }

    fn read_filter(&mut self, filter: &Fields) -> Result<(), Fault> {
        for (name, value) in filter {
            match (name.as_str(), value) {
                ("key", Value::Object(key)) => self.read_key(key)?,
                ("key", Value::Null) => {}
                _ => {
                    let why = shown(&format!("filter.{name}"));
                    return Err(fault::invalid_oss_config(&why));
                }
            }
        }
        Ok(())
    }

    fn read_key(&mut self, key: &Fields) -> Result<(), Fault> {
        for (name, value) in key {
            match (name.as_str(), value) {
                ("prefix", Value::String(text)) => self.prefix.clone_from(text),
                ("suffix", Value::String(text)) => self.suffix.clone_from(text),
                ("prefix" | "suffix", Value::Null) => {}
                _ => {
                    let why = shown(&format!("filter.key.{name}"));
                    return Err(fault::invalid_oss_config(&why));
                }
            }
        }
        Ok(())
    }

    /// Whether it is for this event, such as `ObjectCreated:PutObject`, of an object with this name.
    pub(crate) fn fits(&self, event: &str, key: &str) -> bool {
        let events = self.events.iter().filter_map(|e| e.strip_prefix("oss:"));
        let mut events = events.map(|wanted| covers(wanted, event));
        key.starts_with(&self.prefix) && key.ends_with(&self.suffix) && events.any(|fits| fits)
    }

    /// Whether there can be an object and an event that both are for, as the service sees that: of two prefixes one
    /// begins with the other, and of two suffixes one ends with the other.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let either = |a: &str, b: &str, of: fn(&str, &str) -> bool| of(a, b) || of(b, a);
        let mut pairs = self
            .events
            .iter()
            .flat_map(|a| other.events.iter().map(move |b| (a, b)));
        either(&self.prefix, &other.prefix, |a, b| a.starts_with(b))
            && either(&self.suffix, &other.suffix, |a, b| a.ends_with(b))
            && pairs.any(|(a, b)| covers(a, b) || covers(b, a))
    }
}

fn shown(name: &str) -> String {
    format!("'{name}' is unknown or has a value of the wrong type")
}

fn read_events(events: &[Value]) -> Result<Vec<String>, Fault> {
    let known = events.iter().map(|event| match event.as_str() {
        Some(name) if EVENTS.contains(&name) => Ok(name.to_owned()),
        _ => {
            let why = format!("there is no event {event}");
            Err(fault::invalid_oss_config(&why))
        }
    });
    known.collect()
}

/// Whether an event is meant by a name, which may end in `*`.
fn covers(wanted: &str, event: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(begin) => event.starts_with(begin),
        None => wanted == event,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(event: &str, prefix: &str, suffix: &str) -> Rule {
        let config =
            json!({"events": [event], "filter": {"key": {"prefix": prefix, "suffix": suffix}}});
        Rule::read(config.as_object().unwrap()).unwrap()
    }

    const PUT: &str = "oss:ObjectCreated:PutObject";

    #[test]
    fn the_documented_conflicts_are_conflicts_and_the_others_are_not() {
        let existing = rule(PUT, "source", "zip");
        for (event, prefix, suffix, conflict) in [
            ("oss:ObjectCreated:*", "source", "zip", true),
            (PUT, "source1", "zip1", false),
            (PUT, "source", "zip", true),
            (PUT, "source", "1zip", true),
            (PUT, "source1", "zip", true),
            (PUT, "source", "", true),
            (PUT, "", "zip", true),
            (PUT, "1source", "1zip", false),
            ("oss:ObjectCreated:PostObject", "source", "zip", false),
        ] {
            let new = rule(event, prefix, suffix);
            assert_eq!(
                new.overlaps(&existing),
                conflict,
                "{event} {prefix} {suffix}"
            );
            assert_eq!(
                existing.overlaps(&new),
                conflict,
                "{event} {prefix} {suffix}"
            );
        }
    }

    #[test]
    fn a_rule_is_for_its_events_and_the_ends_of_names() {
        let created = rule("oss:ObjectCreated:*", "in/", ".txt");
        assert!(created.fits("ObjectCreated:CopyObject", "in/a.txt"));
        assert!(!created.fits("ObjectRemoved:DeleteObject", "in/a.txt"));
        assert!(!created.fits("ObjectCreated:PutObject", "out/a.txt"));
        assert!(!created.fits("ObjectCreated:PutObject", "in/a.png"));
        assert!(!rule(PUT, "", "").fits("ObjectCreated:PostObject", "a"));
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for config in [
            json!({}),
            json!({"events": []}),
            json!({"events": ["oss:ObjectCreated:Put"]}),
            json!({"events": [PUT], "filter": {"key": {"prefix": "/a"}}}),
            json!({"events": [PUT], "filter": {"prefix": "a"}}),
            json!({"events": [PUT], "bucketName": "b"}),
            json!({"events": [PUT], "filter": {"key": {"prefix": 1}}}),
        ] {
            let refused = Rule::read(config.as_object().unwrap()).unwrap_err();
            assert_eq!(refused.code(), "InvalidArgument", "{config}");
        }
    }
}

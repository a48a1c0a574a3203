//! Tags as requests have them.

use gateway::{Fault, Head};
use serde_json::Value;

use super::{MOST, Tags, check};
use crate::fault;
use crate::settings::Fields;

/// A tag that somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) key: String,
    /// `None` is any.
    pub(crate) value: Option<String>,
}

/// Before a key in a parameter of the query of ListServices.
const PREFIX: &str = "tag_";

/// `[{"Key": …, "Value": …}]`, as FC 3.0 gives them.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn list(field: &str, value: Value) -> Result<Tags, Fault> {
    let Value::Array(items) = value else {
        return Err(fault::bad_tags(field));
    };
    let mut tags = Tags::new();
    for item in items {
        let filter = filter(field, item)?;
        let value = filter.value.unwrap_or_default();
        check(&filter.key, &value)?;
        if tags.insert(filter.key.clone(), value).is_some() {
            return Err(fault::tag_twice(&filter.key));
        }
    }
    few(tags.len())?;
    Ok(tags)
}

/// `{"<key>": "<value>"}`, as FC 2.0 gives them.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn dictionary(field: &str, value: Value) -> Result<Tags, Fault> {
    let Value::Object(pairs) = value else {
        return Err(fault::bad_tags(field));
    };
    let mut tags = Tags::new();
    for (key, value) in pairs {
        let Value::String(value) = value else {
            return Err(fault::bad_tags(field));
        };
        check(&key, &value)?;
        tags.insert(key, value);
    }
    few(tags.len())?;
    Ok(tags)
}

/// The tags that a parameter of the query looks for: a JSON list of them. None if the parameter is not there.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn filters(head: &Head, field: &str) -> Result<Option<Vec<Filter>>, Fault> {
    let Some(text) = head.query.first(field).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let Ok(Value::Array(items)) = serde_json::from_str(text) else {
        return Err(fault::bad_tags(field));
    };
    few(items.len())?;
    let filters = items.into_iter().map(|item| filter(field, item));
    filters.collect::<Result<_, _>>().map(Some)
}

/// The tags that ListServices looks for: `tag_<key>=<value>`.
pub(crate) fn of_services(head: &Head) -> Vec<Filter> {
    let wanted = head.query.iter().filter_map(|pair| {
        Some(Filter {
            key: pair.name.strip_prefix(PREFIX)?.to_owned(),
            value: Some(pair.value.to_owned()),
        })
    });
    wanted.collect()
}

/// A parameter of the query that is a JSON list of texts. None if it is not there.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn texts(head: &Head, field: &'static str) -> Result<Option<Vec<String>>, Fault> {
    let text = head.query.first(field).filter(|text| !text.is_empty());
    let list = text.map(|text| {
        let value = serde_json::from_str(text);
        value.map_err(|_| fault::no_list_of_texts(field))
    });
    list.transpose()
}

/// A field of the body that has to be a text.
///
/// # Errors
///
/// `InvalidArgument`.
pub(crate) fn name(body: &mut Fields, field: &'static str) -> Result<String, Fault> {
    let name = crate::settings::take_text(body, field)?;
    let name = name.filter(|name| !name.is_empty());
    name.ok_or_else(|| fault::missing_field(field))
}

fn filter(field: &str, item: Value) -> Result<Filter, Fault> {
    let Value::Object(mut pair) = item else {
        return Err(fault::bad_tags(field));
    };
    let mut take = |name: &str, other: &str| match pair.remove(name).or_else(|| pair.remove(other))
    {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(fault::bad_tags(field)),
    };
    let (key, value) = (take("Key", "key")?, take("Value", "value")?);
    match pair.is_empty() {
        true => Ok(Filter {
            key: key.ok_or_else(|| fault::bad_tags(field))?,
            value,
        }),
        false => Err(fault::bad_tags(field)),
    }
}

fn few(count: usize) -> Result<(), Fault> {
    match count > MOST {
        true => Err(fault::too_many_tags(count, MOST)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_are_read_in_both_forms() {
        let tags = list("Tag", json!([{"Key": "a", "Value": "1"}, {"Key": "b"}])).unwrap();
        assert_eq!(
            tags,
            dictionary("tags", json!({"a": "1", "b": ""})).unwrap()
        );
        for wrong in [
            json!({}),
            json!(["a"]),
            json!([{"Value": "1"}]),
            json!([{"Key": 1}]),
            json!([{"Key": "a", "Other": "x"}]),
            json!([{"Key": "a"}, {"Key": "a"}]),
            json!([{"Key": "acs:a"}]),
        ] {
            assert!(list("Tag", wrong.clone()).is_err(), "{wrong}");
        }
        let many: Vec<Value> = (0..=MOST).map(|n| json!({"Key": n.to_string()})).collect();
        assert!(list("Tag", many.into()).is_err());
        assert!(dictionary("tags", json!({"a": 1})).is_err());
        assert!(dictionary("tags", json!([])).is_err());
    }

    proptest! {
        #[test]
        fn any_list_is_read_or_refused(text in r#"\[(\{("(Key|Value)":("[a-z:/]{0,9}"|1|null),?){0,3}\},?){0,3}\]"#) {
            if let Ok(value) = serde_json::from_str::<Value>(&text)
                && let Ok(tags) = list("Tag", value)
            {
                prop_assert!(tags.keys().all(|key| !key.is_empty()));
            }
        }
    }
}

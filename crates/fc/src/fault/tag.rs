//! What is wrong with tags.

use gateway::Fault;

use super::invalid_argument;

/// It is no list of tags, or no object of them.
pub(crate) fn bad_tags(field: &str) -> Fault {
    invalid_argument(format!("'{field}' holds something that is no tag"))
}

/// The same key twice.
pub(crate) fn tag_twice(key: &str) -> Fault {
    invalid_argument(format!("the tag key '{key}' is there twice"))
}

/// No tag can have this key.
pub(crate) fn bad_tag_key(key: &str, most: usize) -> Fault {
    invalid_argument(format!(
        "tag key '{}' must have 1 to {most} letters, digits and ASCII punctuation, must not begin with 'aliyun' or \
         'acs:', and must not contain 'http://' or 'https://'",
        key.escape_debug()
    ))
}

/// No tag can have this value.
pub(crate) fn bad_tag_value(key: &str, value: &str, most: usize) -> Fault {
    invalid_argument(format!(
        "the value '{}' of tag '{key}' must have at most {most} letters, digits and ASCII punctuation, and must not \
         contain 'http://' or 'https://'",
        value.escape_debug()
    ))
}

/// More tags than a function or a service may have, or than a request may name.
pub(crate) fn too_many_tags(count: usize, most: usize) -> Fault {
    invalid_argument(format!("{count} tags are more than the {most} that may be"))
}

/// It is no ARN of something that has tags here.
pub(crate) fn bad_resource(arn: &str, form: &str) -> Fault {
    invalid_argument(format!("'{arn}' must have the form '{form}'"))
}

/// Only functions have tags in FC 3.0.
pub(crate) fn bad_resource_type(kind: &str) -> Fault {
    invalid_argument(format!("ResourceType '{kind}' must be 'function'"))
}

/// It is no list of texts.
pub(crate) fn no_list_of_texts(field: &str) -> Fault {
    invalid_argument(format!("'{field}' must be a list of strings"))
}

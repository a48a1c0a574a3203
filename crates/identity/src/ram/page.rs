//! Listing in pages (spec/identity.md §1.6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::rpc::Reply;
use gateway::{Fault, Head, rpc as envelope};
use serde_json::{Value, json};

use crate::ram::params::digits;
use crate::{fault, rpc};

/// The most entries of a page.
const MOST: usize = 1000;
/// The entries of a page if nobody says.
const USUAL: usize = 100;

/// Which page a call wants.
#[derive(Debug)]
pub(crate) struct Page {
    /// The name after which it begins; empty for the first.
    pub(crate) after: String,
    size: usize,
}

impl Page {
    /// `Marker`, which is opaque to callers, and `MaxItems`: 1 to 1000, else 100.
    pub(crate) fn read(head: &Head) -> Result<Self, Fault> {
        Self::of(head, MOST)
    }

    /// The same with another maximum.
    pub(crate) fn of(head: &Head, most: usize) -> Result<Self, Fault> {
        let size = match rpc::given(head, "MaxItems") {
            None => USUAL,
            Some(text) => {
                let size = digits(text).filter(|size| (1..=most).contains(size));
                size.ok_or_else(|| fault::incorrect("MaxItems"))?
            }
        };
        let after = match rpc::given(head, "Marker") {
            None => String::new(),
            Some(marker) => {
                let name = STANDARD.decode(marker).ok();
                let name = name.and_then(|name| String::from_utf8(name).ok());
                name.ok_or_else(|| fault::incorrect("Marker"))?
            }
        };
        Ok(Self { after, size })
    }

    /// How many entries to read: one more than the page has tells whether more follow.
    pub(crate) fn limit(&self) -> usize {
        self.size + 1
    }

    /// The reply: `Users` of `User`, and where to go on.
    pub(crate) fn reply<T>(
        &self,
        (list, element): (&str, &'static str),
        mut entries: Vec<T>,
        name: impl Fn(&T) -> String,
        show: impl Fn(&T) -> Value,
    ) -> Reply {
        let truncated = entries.len() > self.size;
        entries.truncate(self.size);
        let shown: Vec<Value> = entries.iter().map(show).collect();
        let mut fields = json!({
            "IsTruncated": truncated,
            list: envelope::list(element, &shown),
        });
        if let Some(last) = entries.last().filter(|_| truncated) {
            fields["Marker"] = json!(STANDARD.encode(name(last)));
        }
        Reply::of(&fields)
    }
}

/// The most tags of a page, and how many it has if nobody says: ListTagResources says the one, and not the other.
const MOST_TAGS: usize = 100;

/// Which page of tags a call wants: `NextToken`, which is opaque to callers, and `PageSize`.
#[derive(Debug)]
pub(crate) struct TagPage {
    /// How many rows come before it. Tags are few, and are read in one piece.
    from: usize,
    size: usize,
}

impl TagPage {
    pub(crate) fn read(head: &Head) -> Result<Self, Fault> {
        let size = match rpc::given(head, "PageSize") {
            None => MOST_TAGS,
            Some(text) => {
                let size = digits(text).filter(|s| (1..=MOST_TAGS).contains(s));
                size.ok_or_else(|| fault::incorrect("PageSize"))?
            }
        };
        let from = match rpc::given(head, "NextToken") {
            None => 0,
            Some(token) => {
                let text = STANDARD.decode(token).ok();
                let text = text.and_then(|text| String::from_utf8(text).ok());
                let from = text.and_then(|text| text.parse().ok());
                from.ok_or_else(|| fault::incorrect("NextToken"))?
            }
        };
        Ok(Self { from, size })
    }

    /// The page's rows, and the token of the next page if there is one.
    pub(crate) fn cut(&self, rows: impl Iterator<Item = Value>) -> (Vec<Value>, Option<String>) {
        let mut rows = rows.skip(self.from);
        let shown: Vec<Value> = rows.by_ref().take(self.size).collect();
        let next = rows.next().map(|_| self.from + self.size);
        (shown, next.map(|next| STANDARD.encode(next.to_string())))
    }

    /// `TagResources`, which has no element inside in RAM (spec/identity.md §1.6), and where to go on.
    pub(crate) fn reply(&self, rows: impl Iterator<Item = Value>) -> Reply {
        let (shown, next) = self.cut(rows);
        let mut fields = json!({ "TagResources": shown });
        if let Some(next) = next {
            fields["NextToken"] = json!(next);
        }
        Reply::of(&fields)
    }
}

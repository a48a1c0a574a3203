//! What a question is about.

use super::Wrong;

/// A resource as it was written, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resource {
    /// `*`: whatever the caller's own account has.
    Any,
    /// A bucket or an object.
    Oss {
        /// The uid in the ARN, unless it is left open.
        owner: Option<String>,
        /// The bucket.
        bucket: String,
        /// The key.
        key: Option<String>,
    },
    /// Something of another service.
    Arn {
        /// Such as `ram`.
        service: String,
        /// The uid, unless it is left open.
        account: Option<String>,
        /// What follows the uid.
        relative: String,
        /// The region.
        region: String,
    },
}

impl Resource {
    /// Reads `*`, `oss://BUCKET[/KEY]` or an ARN.
    pub(crate) fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = || {
            Wrong(format!(
                "`{text}` is no resource: write an ARN such as acs:oss:*:*:BUCKET/KEY or acs:ram:*:UID:role/NAME, \
                 oss://BUCKET, oss://BUCKET/KEY, or * for whatever the account has"
            ))
        };
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Some(place) = text.strip_prefix("oss://") {
            return Self::oss(None, place).ok_or_else(wrong);
        }
        let fields: Vec<&str> = text.splitn(5, ':').collect();
        let ["acs", service, region, account, relative] = fields.as_slice() else {
            return Err(wrong());
        };
        if service.is_empty() || relative.is_empty() {
            return Err(wrong());
        }
        let account = Some(*account).filter(|account| !matches!(*account, "" | "*"));
        let account = account.map(str::to_owned);
        if *service == "oss" {
            return Self::oss(account, relative).ok_or_else(wrong);
        }
        Ok(Self::Arn {
            service: (*service).to_owned(),
            account,
            relative: (*relative).to_owned(),
            region: Some(*region)
                .filter(|r| !r.is_empty())
                .unwrap_or("*")
                .to_owned(),
        })
    }

    fn oss(owner: Option<String>, place: &str) -> Option<Self> {
        if matches!(place, "*" | "*/*") {
            return Some(Self::Any);
        }
        let (bucket, key) = match place.split_once('/') {
            Some((bucket, key)) => (bucket, Some(key).filter(|key| !key.is_empty())),
            None => (place, None),
        };
        // Buckets are looked up, so there is no asking about several.
        let one = !bucket.is_empty() && !bucket.contains(['*', '?']);
        one.then(|| Self::Oss {
            owner,
            bucket: bucket.to_owned(),
            key: key.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_keys() {
        let oss = |owner: Option<&str>, bucket: &str, key: Option<&str>| Resource::Oss {
            owner: owner.map(str::to_owned),
            bucket: bucket.to_owned(),
            key: key.map(str::to_owned),
        };
        for (text, resource) in [
            ("*", Resource::Any),
            ("acs:oss:*:*:*", Resource::Any),
            ("oss://photos", oss(None, "photos", None)),
            ("oss://photos/", oss(None, "photos", None)),
            ("oss://photos/a/b:c", oss(None, "photos", Some("a/b:c"))),
            ("acs:oss:*:*:photos/*", oss(None, "photos", Some("*"))),
            ("acs:oss:*:1:photos", oss(Some("1"), "photos", None)),
        ] {
            assert_eq!(Resource::parse(text).unwrap(), resource, "{text}");
        }
    }

    #[test]
    fn what_is_no_resource_is_told_the_forms() {
        for text in [
            "",
            "photos",
            "oss://",
            "acs:oss:*:photos",
            "acs:oss:*:*:",
            "oss://pho*/a",
        ] {
            let wrong = Resource::parse(text).unwrap_err();
            assert!(wrong.0.contains("oss://BUCKET/KEY"), "{text}: {wrong}");
        }
    }
}

//! What the instance tells of itself: a tree of texts.

use std::collections::BTreeSet;

use super::INSTANCE_ID;

/// Where the role's credentials stand.
const CREDENTIALS: &str = "meta-data/ram/security-credentials";

/// What the texts are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) role: Option<&'a str>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A text, or the names in a folder, one a line; folders end in a slash.
    Text(String),
    /// The credentials of the role.
    Credentials,
}

impl Facts<'_> {
    /// What stands under this path below a version. A folder is found with and without the slash at its end.
    pub(super) fn find(&self, path: &str) -> Option<Item> {
        let texts = self.texts();
        let credentials = self.role.map(|role| format!("{CREDENTIALS}/{role}"));
        if credentials.as_deref() == Some(path) {
            return Some(Item::Credentials);
        }
        if let Some((_, text)) = texts.iter().find(|(item, _)| *item == path) {
            return Some(Item::Text(text.clone()));
        }
        let items = texts.iter().map(|(item, _)| *item);
        names_in(path, items.chain(credentials.as_deref())).map(Item::Text)
    }

    /// Only what is true of this instance. It has no type, disks, network or image to speak of.
    fn texts(&self) -> [(&'static str, String); 7] {
        let name = INSTANCE_ID.replacen("i-", "iZ", 1);
        [
            ("meta-data/hostname", name.clone()),
            ("meta-data/instance-id", INSTANCE_ID.to_owned()),
            ("meta-data/instance/instance-name", name),
            ("meta-data/network-type", "vpc".to_owned()),
            ("meta-data/owner-account-id", self.account.to_owned()),
            ("meta-data/region-id", self.region.to_owned()),
            ("meta-data/zone-id", format!("{}-i", self.region)),
        ]
    }
}

/// The names in a folder, or `None` if there is no such folder. The last line has no end: a client takes the list of
/// roles as the name of the one that it has.
fn names_in<'i>(folder: &str, items: impl Iterator<Item = &'i str>) -> Option<String> {
    let folder = match folder.strip_suffix('/').unwrap_or(folder) {
        "" if folder.is_empty() => String::new(),
        folder => format!("{folder}/"),
    };
    let name = |item: &'i str| {
        let rest = item.strip_prefix(folder.as_str())?;
        Some(match rest.find('/') {
            Some(end) => &rest[..=end],
            None => rest,
        })
    };
    let names: BTreeSet<&str> = items.filter_map(name).collect();
    (!names.is_empty()).then(|| Vec::from_iter(names).join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FACTS: Facts<'_> = Facts {
        region: "cn-hangzhou",
        account: "1234567890123456",
        role: Some("app"),
    };

    fn text(path: &str) -> Option<String> {
        match FACTS.find(path)? {
            Item::Text(text) => Some(text),
            Item::Credentials => None,
        }
    }

    #[test]
    fn texts_and_folders() {
        assert_eq!(text("meta-data/region-id").as_deref(), Some("cn-hangzhou"));
        assert_eq!(text("meta-data/zone-id").as_deref(), Some("cn-hangzhou-i"));
        assert_eq!(text("").as_deref(), Some("meta-data/"));
        assert_eq!(
            text("meta-data/ram").as_deref(),
            Some("security-credentials/")
        );
        for folder in [CREDENTIALS, "meta-data/ram/security-credentials/"] {
            assert_eq!(text(folder).as_deref(), Some("app"));
        }
        let all = text("meta-data/").unwrap();
        assert!(
            all.contains("instance-id\ninstance/\nnetwork-type\n"),
            "{all}"
        );
        for none in [
            "/",
            "meta-data//",
            "meta-data/region-id/",
            "meta-data/region",
            "meta-data/ram/security-credentials/App",
            "meta-data/ram/security-credentials/app/",
            "meta-data/./region-id",
            "meta-data/%72egion-id",
            "user-data",
        ] {
            assert_eq!(FACTS.find(none), None, "{none}");
        }
    }

    #[test]
    fn without_a_role_there_is_no_folder_for_it() {
        let facts = Facts {
            role: None,
            ..FACTS
        };
        assert_eq!(facts.find(CREDENTIALS), None);
        assert_eq!(facts.find("meta-data/ram/security-credentials/"), None);
    }

    proptest! {
        #[test]
        fn only_one_path_leads_to_credentials(path in "\\PC*", tail in "[./%a-z]{0,8}") {
            prop_assert_ne!(FACTS.find(&path), Some(Item::Credentials));
            let near = format!("{CREDENTIALS}/app{tail}");
            prop_assert_eq!(FACTS.find(&near) == Some(Item::Credentials), tail.is_empty());
        }
    }
}

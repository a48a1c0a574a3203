//! What names may look like (spec/identity.md §3.2).

/// Why a text cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadName {
    /// It is empty or too long.
    Length,
    /// It has a character that is not allowed.
    Chars,
}

/// A rule for one kind of name.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    most: usize,
    /// What is allowed besides ASCII letters and digits.
    besides: &'static str,
}

/// Names of RAM users: 1 to 64 letters, digits, `.`, `_`, `-`.
pub const USER: Rule = Rule {
    most: 64,
    besides: "._-",
};

/// Names of groups: 1 to 64 letters, digits, `.`, `_`, `-`.
pub const GROUP: Rule = USER;

/// Names that a role may be given: 1 to 64 letters, digits, `.`, `-`.
pub const NEW_ROLE: Rule = Rule {
    most: 64,
    besides: ".-",
};

/// Names that a role may have: service-linked roles carry a `_` before their suffix.
pub const ROLE: Rule = Rule {
    most: 64,
    besides: ".-_@",
};

/// Names of policies: 1 to 128 letters, digits, `-`.
pub const POLICY: Rule = Rule {
    most: 128,
    besides: "-",
};

/// Names of identity providers: 1 to 128 letters, digits, `.`, `_`, `-`, the latter three not at the ends.
pub const PROVIDER: Rule = Rule {
    most: 128,
    besides: "._-",
};

/// Names of virtual MFA devices: 1 to 64 letters, digits, `.`, `-`.
pub const DEVICE: Rule = NEW_ROLE;

/// Client ids of OpenID Connect: 1 to 128 letters, digits, `.`, `-`, `_`, `:`, `/`, the latter five not first.
pub const CLIENT_ID: Rule = Rule {
    most: 128,
    besides: ".-_:/",
};

/// Fingerprints of certificates: 1 to 128 letters and digits.
pub const FINGERPRINT: Rule = Rule {
    most: 128,
    besides: "",
};

impl Rule {
    /// Holds a text against the rule. Length comes first, as characters are counted only once they are few.
    pub fn check(self, name: &str) -> Result<(), BadName> {
        if name.is_empty() || name.chars().count() > self.most {
            return Err(BadName::Length);
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || self.besides.contains(c);
        if !name.chars().all(fits) {
            return Err(BadName::Chars);
        }
        Ok(())
    }
}

/// Whether a text can be a `RoleSessionName`: 2 to 64 of `[A-Za-z0-9.@_-]` (spec/identity.md §2.1).
pub fn is_session_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b".@_-".contains(&b);
    (2..=64).contains(&name.len()) && name.bytes().all(fits)
}

/// Whether a text can be the session name in an assertion of SAML, which may have some characters more
/// (<https://www.alibabacloud.com/help/en/ram/saml-response-for-role-based-sso>). The page has kept 32 characters for it;
/// the limit of all session names has become 64 (spec/identity.md §2.1).
pub fn is_federated_session_name(name: &str) -> bool {
    is_session_name(&name.replace(['=', ',', '+'], "_"))
}

/// Whether a text can be an `ExternalId`: 2 to 1224 of `[A-Za-z0-9_+=,.@:/-]` (spec/identity.md §2.1).
pub fn is_external_id(id: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b);
    (2..=1224).contains(&id.len()) && id.bytes().all(fits)
}

/// Whether a text can be a `SourceIdentity`. No document that could be read gives its grammar: the rule of
/// `RoleSessionName` with the characters of `ExternalId` that occur in names and addresses.
pub fn is_source_identity(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    (2..=64).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_count_characters_and_know_their_alphabet() {
        assert_eq!(USER.check("anna.b_c-1"), Ok(()));
        assert_eq!(USER.check(""), Err(BadName::Length));
        assert_eq!(USER.check(&"a".repeat(65)), Err(BadName::Length));
        assert_eq!(USER.check("a b"), Err(BadName::Chars));
        assert_eq!(USER.check("名"), Err(BadName::Chars));
        assert_eq!(NEW_ROLE.check("AliyunFCDefaultRole"), Ok(()));
        assert_eq!(NEW_ROLE.check("with_underscore"), Err(BadName::Chars));
        assert_eq!(ROLE.check("AliyunServiceRoleForFC_x"), Ok(()));
        assert_eq!(POLICY.check("put.only"), Err(BadName::Chars));
        assert_eq!(POLICY.check(&"p".repeat(128)), Ok(()));
    }

    #[test]
    fn session_names_are_2_to_64_characters() {
        assert!(is_session_name("ab"));
        assert!(is_session_name("a.b@c_d-e"));
        assert!(!is_session_name("a"));
        assert!(!is_session_name(&"a".repeat(65)));
        assert!(!is_session_name("a b"));
        assert!(!is_session_name("a=b"));
    }

    #[test]
    fn external_ids_may_be_long() {
        assert!(is_external_id("abcd1234"));
        assert!(is_external_id(&"x".repeat(1224)));
        assert!(!is_external_id(&"x".repeat(1225)));
        assert!(!is_external_id("x"));
        assert!(!is_external_id("a b"));
    }
}

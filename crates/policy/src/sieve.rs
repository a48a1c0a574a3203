//! A first, cheap look at a statement's actions.
//!
//! Most statements of most policies speak about another service, and most of the rest about another verb. Two small
//! bit sets tell them apart without touching the statement: the service, hashed, and the letter that the action's
//! name begins with. They may say yes too often, never no too often.

use crate::pattern::Pattern;

/// The actions of one statement, or the action of a request, by service and initial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sieve {
    services: u64,
    initials: u32,
}

impl Sieve {
    /// Lets everything through.
    pub(crate) const OPEN: Self = Self {
        services: u64::MAX,
        initials: u32::MAX,
    };

    /// What an action falls under, in whatever case it is.
    pub(crate) fn of_action(action: &str) -> Self {
        let mut bytes = action.bytes();
        Self {
            services: service_bit(bytes.by_ref().take_while(|byte| *byte != b':')),
            initials: initial_bit(bytes.next().unwrap_or_default()),
        }
    }

    /// What the actions of any of these patterns fall under.
    pub(crate) fn of_patterns(patterns: &[Pattern]) -> Self {
        let closed = Self {
            services: 0,
            initials: 0,
        };
        patterns.iter().fold(closed, |all, pattern| {
            let one = Self::of_prefix(pattern.literal_prefix());
            Self {
                services: all.services | one.services,
                initials: all.initials | one.initials,
            }
        })
    }

    fn of_prefix(prefix: &str) -> Self {
        let Some((service, name)) = prefix.split_once(':') else {
            return Self::OPEN;
        };
        Self {
            services: service_bit(service.bytes()),
            initials: name.bytes().next().map_or(u32::MAX, initial_bit),
        }
    }

    #[inline]
    pub(crate) fn passes(self, action: Self) -> bool {
        self.services & action.services != 0 && self.initials & action.initials != 0
    }
}

fn service_bit(service: impl Iterator<Item = u8>) -> u64 {
    let hash = service.fold(7_u32, |hash, byte| {
        let byte = u32::from(byte.to_ascii_lowercase());
        hash.wrapping_mul(31).wrapping_add(byte)
    });
    1 << (hash % 64)
}

/// The low five bits tell letters of one case apart.
fn initial_bit(byte: u8) -> u32 {
    1 << (byte % 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_holds_back_what_a_pattern_matches() {
        let actions = ["oss:getobject", "oss:", "oss", "", "ram:passrole", "*"];
        let patterns = [
            "*",
            "oss:*",
            "oss:get*",
            "o*",
            "oss:?etobject",
            "os?:*",
            "ram:*role",
            ":",
        ];
        for text in patterns {
            let pattern = Pattern::new(text);
            let sieve = Sieve::of_patterns(std::slice::from_ref(&pattern));
            for action in actions.into_iter().filter(|action| pattern.matches(action)) {
                assert!(sieve.passes(Sieve::of_action(action)), "{text} {action}");
            }
        }
    }

    #[test]
    fn it_tells_services_and_verbs_apart() {
        let sieve = Sieve::of_patterns(&[Pattern::new("oss:get*")]);
        assert!(sieve.passes(Sieve::of_action("oss:getobject")));
        assert!(!sieve.passes(Sieve::of_action("oss:putobject")));
        assert!(!sieve.passes(Sieve::of_action("ram:getuser")));
        assert!(sieve.passes(Sieve::of_action("OSS:GetObject")));
    }
}

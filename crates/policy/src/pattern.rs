//! Patterns with `*` and `?`.

use std::fmt;

/// A pattern with `*` (any run of characters, none included) and `?` (one character). Both cross `/` and `:`
/// (spec §4.1). It is cut up when it is made, and matching never goes back over a `*`: the text between two
/// stars is looked for once, leftmost, from where the last find ended. The cost is the length of the text for runs
/// without `?`, and never more than text times pattern.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern(Shape);

#[derive(Clone, PartialEq, Eq)]
enum Shape {
    /// `*`
    Any,
    /// `oss:GetObject`
    Exact(Box<str>),
    /// `oss:Get*`: by far the most frequent pattern, hence its own row.
    Prefix(Box<str>),
    /// `a?c`
    Run(Run),
    /// `a*b*c`: what it starts with, what comes between, what it ends with.
    Runs(Box<(Run, Vec<Run>, Run)>),
}

impl Pattern {
    /// Prepares a pattern. Every text is one.
    pub fn new(text: &str) -> Self {
        let mut runs = text.split('*');
        let (Some(first), Some(last)) = (runs.next(), runs.next_back()) else {
            return Self(match Run::new(text).literal() {
                Some(literal) => Shape::Exact(literal.into()),
                None => Shape::Run(Run::new(text)),
            });
        };
        let between: Vec<Run> = runs.filter(|run| !run.is_empty()).map(Run::new).collect();
        if between.is_empty() && last.is_empty() && !first.contains('?') {
            return Self(match first {
                "" => Shape::Any,
                _ => Shape::Prefix(first.into()),
            });
        }
        Self(Shape::Runs(Box::new((
            Run::new(first),
            between,
            Run::new(last),
        ))))
    }

    /// The same without regard to ASCII case, for [`Self::matches_in_any_case`].
    pub(crate) fn lower(text: &str) -> Self {
        Self::new(&text.to_ascii_lowercase())
    }

    /// The pattern that everything matches.
    pub(crate) const ANY: Self = Self(Shape::Any);

    /// What everything that matches begins with.
    pub(crate) fn literal_prefix(&self) -> &str {
        let run = match &self.0 {
            Shape::Any => return "",
            Shape::Exact(literal) | Shape::Prefix(literal) => return literal,
            Shape::Run(run) => run,
            Shape::Runs(runs) => &runs.0,
        };
        match run.0.first() {
            Some(Part::Text(literal)) => literal,
            Some(Part::One) | None => "",
        }
    }

    /// Is the whole text of this pattern?
    #[inline]
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Shape::Any => true,
            Shape::Exact(exact) => **exact == *text,
            Shape::Prefix(prefix) => text.starts_with(&**prefix),
            Shape::Run(run) => run.strip_front(text) == Some(""),
            Shape::Runs(runs) => between(runs, text),
        }
    }

    /// The same for a pattern made by [`Self::lower`]. Only the shapes that few patterns have need a copy of the text.
    #[inline]
    pub(crate) fn matches_in_any_case(&self, text: &str) -> bool {
        match &self.0 {
            Shape::Any => true,
            Shape::Exact(exact) => exact.eq_ignore_ascii_case(text),
            Shape::Prefix(prefix) => {
                let start = text.get(..prefix.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            }
            Shape::Run(_) | Shape::Runs(_) => self.matches(&text.to_ascii_lowercase()),
        }
    }
}

/// Front and back are fixed, so they go first; what stands between then only has to come in order, and the
/// leftmost find leaves the most for those that follow.
fn between((first, between, last): &(Run, Vec<Run>, Run), text: &str) -> bool {
    let rest = first
        .strip_front(text)
        .and_then(|rest| last.strip_back(rest));
    let Some(mut rest) = rest else { return false };
    for run in between {
        match run.find(rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

/// A piece of a pattern without `*`.
#[derive(Clone, PartialEq, Eq)]
struct Run(Vec<Part>);

#[derive(Clone, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    One,
}

impl Run {
    fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        for (index, literal) in text.split('?').enumerate() {
            if index > 0 {
                parts.push(Part::One);
            }
            if !literal.is_empty() {
                parts.push(Part::Text(literal.into()));
            }
        }
        Self(parts)
    }

    /// The text, if no `?` is in it.
    fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(literal)] => Some(literal),
            _ => None,
        }
    }

    /// What follows this run at the start of the text.
    fn strip_front<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().try_fold(text, |rest, part| match part {
            Part::Text(literal) => rest.strip_prefix(&**literal),
            Part::One => {
                let mut chars = rest.chars();
                chars.next().map(|_| chars.as_str())
            }
        })
    }

    /// What precedes this run at the end of the text.
    fn strip_back<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().rev().try_fold(text, |rest, part| match part {
            Part::Text(literal) => rest.strip_suffix(&**literal),
            Part::One => {
                let mut chars = rest.chars();
                chars.next_back().map(|_| chars.as_str())
            }
        })
    }

    /// What follows the leftmost place of this run in the text.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Some(literal) = self.literal() {
            return text.split_once(literal).map(|(_, after)| after);
        }
        let mut chars = text.chars();
        loop {
            if let Some(after) = self.strip_front(chars.as_str()) {
                return Some(after);
            }
            chars.next()?;
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Shape::Any => out.write_str("*"),
            Shape::Exact(exact) => out.write_str(exact),
            Shape::Prefix(prefix) => write!(out, "{prefix}*"),
            Shape::Run(run) => run.fmt(out),
            Shape::Runs(runs) => {
                let (first, between, last) = &**runs;
                first.fmt(out)?;
                for run in between {
                    out.write_str("*")?;
                    run.fmt(out)?;
                }
                out.write_str("*")?;
                last.fmt(out)
            }
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(literal) => out.write_str(literal),
            Part::One => out.write_str("?"),
        })
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_whole_texts() {
        for (pattern, text, same) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("oss:Get*", "oss:GetObject", true),
            ("oss:Get*", "oss:PutObject", false),
            ("a*c", "a/b:c", true),
            ("a*c", "ac", true),
            ("aa*aa", "aaa", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "é", true),
            ("*?b", "éb", true),
            ("*b?d*", "abbxdb", true),
            ("*?", "", false),
            ("a**b", "ab", true),
            ("*ab*ab*", "abxb", false),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(text),
                same,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn case_is_ignored_in_every_shape() {
        for (pattern, text) in [
            ("*", "oss:GetObject"),
            ("OSS:getObject", "oss:GetObject"),
            ("oss:GET*", "Oss:GetObject"),
            ("oss:?ETobject", "oss:GetObject"),
            ("*:get*ACL", "oss:GetObjectAcl"),
        ] {
            assert!(Pattern::lower(pattern).matches_in_any_case(text), "{text}");
            let other = format!("é{text}");
            let any = pattern.starts_with('*');
            let matches = Pattern::lower(pattern).matches_in_any_case(&other);
            assert_eq!(matches, any, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_costs_little() {
        let pattern = Pattern::new(&"*a?a".repeat(1000));
        assert!(!pattern.matches(&"a".repeat(2999)));
        assert!(pattern.matches(&"a".repeat(3000)));
    }

    #[test]
    fn it_displays_as_it_was_written() {
        for text in ["*", "a", "a*", "a?c", "?*a*?", "", "*a"] {
            assert_eq!(Pattern::new(text).to_string(), text);
        }
    }
}

//! What elements a document may have: a table a document, so that nothing in it is passed over.

use super::{BadXml, Element};

/// What an element may hold.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Its name.
    pub(crate) name: &'static str,
    /// How often it may stand in its parent: at least, at most.
    pub(crate) times: (usize, usize),
    /// The elements in it; text where there are none.
    pub(crate) inside: &'static [Shape],
}

/// Text that must be there once.
pub(crate) const fn one(name: &'static str) -> Shape {
    times(name, 1, 1, &[])
}

/// Text that may be there once.
pub(crate) const fn maybe(name: &'static str) -> Shape {
    times(name, 0, 1, &[])
}

/// Text that may be there any number of times.
pub(crate) const fn any(name: &'static str) -> Shape {
    times(name, 0, usize::MAX, &[])
}

/// Elements that may be there so many times.
pub(crate) const fn times(
    name: &'static str,
    least: usize,
    most: usize,
    inside: &'static [Shape],
) -> Shape {
    Shape {
        name,
        times: (least, most),
        inside,
    }
}

/// Whether a document's root has these elements, and nothing but them.
pub(crate) fn check(root: &Element, inside: &[Shape]) -> Result<(), BadXml> {
    for child in &root.children {
        let shape = inside.iter().find(|shape| shape.name == child.name);
        let shape = shape.ok_or_else(|| {
            BadXml(format!(
                "the node {} is not allowed in {}.",
                child.name, root.name
            ))
        })?;
        check(child, shape.inside)?;
    }
    for shape in inside {
        let named = root
            .children
            .iter()
            .filter(|child| child.name == shape.name);
        let count = named.count();
        if count < shape.times.0 {
            let message = format!("the node {} is missing in {}.", shape.name, root.name);
            return Err(BadXml(message));
        }
        if count > shape.times.1 {
            let message = format!("the node {} has too many {}.", root.name, shape.name);
            return Err(BadXml(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn only_what_the_table_has() {
        const INSIDE: &[Shape] = &[one("A"), maybe("B"), times("C", 0, 2, &[any("D")])];
        for (document, good) in [
            ("<R><A/></R>", true),
            ("<R><C/><A>x</A><B/><C><D/><D/></C></R>", true),
            ("<R/>", false),
            ("<R><A/><A/></R>", false),
            ("<R><A/><B/><B/></R>", false),
            ("<R><A/><C/><C/><C/></R>", false),
            ("<R><A/><D/></R>", false),
            ("<R><A><D/></A></R>", false),
            ("<R><A/><C><A/></C></R>", false),
        ] {
            let root = parse(document.as_bytes()).expect("good");
            assert_eq!(check(&root, INSIDE).is_ok(), good, "{document}");
        }
    }
}

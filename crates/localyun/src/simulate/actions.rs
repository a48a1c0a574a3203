//! The actions that there are, and what each is asked for on.

use gateway::{Action, Op, Service};
use identity::{Ims, Ram, Sts};
use oss::{Name, Oss, Scope};

use super::Wrong;

/// Actions that the real services have. Policies may be about them whether or not an operation here asks for them.
const FURTHER: &str = include_str!("actions.txt");

/// An action, and the operations that ask for it.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Of OSS.
    Oss {
        /// All of them; none for an action of [`FURTHER`].
        ops: Vec<&'static Op<Oss>>,
        /// The action.
        name: String,
    },
    /// Of STS.
    Sts {
        /// The operation.
        op: &'static Op<Sts>,
        /// The action.
        name: &'static str,
    },
    /// Of RAM.
    Ram {
        /// The operation, if it is one of RAM's own API.
        op: Option<&'static Op<Ram>>,
        /// The action.
        name: String,
    },
    /// Of a service that is not here.
    Other {
        /// The action.
        name: String,
    },
}

impl Asked {
    /// `service:Action`.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Oss { name, .. } | Self::Ram { name, .. } | Self::Other { name } => name,
            Self::Sts { name, .. } => name,
        }
    }

    /// What stands before the colon.
    pub(crate) fn service(&self) -> &str {
        self.name().split(':').next().unwrap_or_default()
    }
}

/// Looks an action up. One that is misspelt would be denied for ever and prove nothing, so it is refused.
pub(crate) fn find(action: &str) -> Result<Asked, Wrong> {
    let Some((service, name)) = action.split_once(':') else {
        return Err(no_action(action));
    };
    if service.is_empty() || name.is_empty() || name.contains(['*', '?', ':']) {
        return Err(no_action(action));
    }
    let service = service.to_ascii_lowercase();
    let found = match &*service {
        "oss" => of_oss(action),
        "sts" => of_sts(action),
        "ram" => of_ram(action),
        _ => {
            let name = format!("{service}:{name}");
            Some(Asked::Other { name })
        }
    };
    found.ok_or_else(|| unknown(action))
}

fn no_action(action: &str) -> Wrong {
    Wrong(format!(
        "`{action}` is no action: write one, such as oss:GetObject, without wildcards"
    ))
}

fn asks<'a, S: Service>(
    ops: &'static [Op<S>],
    action: &'a str,
) -> impl Iterator<Item = (&'static Op<S>, &'static str)> + use<'a, S> {
    ops.iter().filter_map(move |op| {
        let mut names = op.action.names().iter();
        let name = names.find(|name| name.eq_ignore_ascii_case(action))?;
        Some((op, *name))
    })
}

fn further(action: &str) -> Option<String> {
    let mut lines = FURTHER.lines();
    let line = lines.find(|line| line.eq_ignore_ascii_case(action))?;
    Some(line.to_owned())
}

fn of_oss(action: &str) -> Option<Asked> {
    let (ops, names): (Vec<_>, Vec<_>) = asks(Oss::OPS, action).unzip();
    let name = match names.first() {
        Some(name) => (*name).to_owned(),
        None => further(action)?,
    };
    Some(Asked::Oss { ops, name })
}

fn of_sts(action: &str) -> Option<Asked> {
    // The first row is that of AssumeRole, which asks for the same as its kin.
    let (op, name) = asks(Sts::OPS, action).find(|(op, _)| matches!(op.action, Action::One(_)))?;
    Some(Asked::Sts { op, name })
}

fn of_ram(action: &str) -> Option<Asked> {
    if let Some((op, name)) = asks(Ram::OPS, action).next() {
        return Some(Asked::Ram {
            op: Some(op),
            name: name.to_owned(),
        });
    }
    let of_ims = asks(Ims::OPS, action)
        .next()
        .map(|(_, name)| name.to_owned());
    let name = of_ims.or_else(|| further(action))?;
    Some(Asked::Ram { op: None, name })
}

/// The actions of every operation, each once, in the order of the tables.
pub(crate) fn all() -> Vec<&'static str> {
    let oss = Oss::OPS.iter().flat_map(|op| op.action.names());
    let sts = Sts::OPS.iter().flat_map(|op| op.action.names());
    let ram = Ram::OPS.iter().flat_map(|op| op.action.names());
    let ims = Ims::OPS.iter().flat_map(|op| op.action.names());
    let mut all: Vec<&'static str> = Vec::new();
    for name in oss.chain(sts).chain(ram).chain(ims) {
        if !all.contains(name) {
            all.push(name);
        }
    }
    all
}

fn unknown(action: &str) -> Wrong {
    let service = action.split(':').next().unwrap_or_default();
    let wanted = action.to_ascii_lowercase();
    let known = all();
    let known = known.iter().copied().chain(FURTHER.lines());
    let of_service = known.filter(|name| name.starts_with(service));
    let nearest = of_service.min_by_key(|name| distance(&name.to_ascii_lowercase(), &wanted));
    let hint = nearest
        .map(|name| format!("; did you mean {name}?"))
        .unwrap_or_default();
    Wrong(format!("{service} has no action `{action}`{hint}"))
}

/// How many letters must be put in, taken out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (slot, b) in row.iter_mut().skip(1).zip(other.bytes()) {
            let changed = before + usize::from(a != b);
            before = *slot;
            left = changed.min(*slot + 1).min(left + 1);
            *slot = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Whether an operation asks for its action on objects. One that names several in its body does.
pub(crate) fn is_on_objects(op: &Op<Oss>) -> bool {
    let object = matches!(op.route.scope, Scope::Object | Scope::Form);
    object || matches!(op.action, Action::PerItem(_))
}

/// The operation that asks for an action on this place.
pub(crate) fn on(
    ops: &[&'static Op<Oss>],
    action: &str,
    name: &Name,
) -> Result<&'static Op<Oss>, Wrong> {
    let scope = match name.key {
        Some(_) => Scope::Object,
        None => Scope::Bucket,
    };
    if ops.is_empty() {
        return row(ops, scope);
    }
    let mut fitting = ops
        .iter()
        .filter(|op| op.route.scope == scope && is_on_objects(op) == (scope == Scope::Object));
    fitting.next().copied().ok_or_else(|| {
        let form = match (ops.iter().any(|op| is_on_objects(op)), scope) {
            (true, _) => "oss://BUCKET/KEY, or oss://BUCKET/* for whichever key",
            (false, Scope::Object) if ops.iter().any(|op| op.route.scope == Scope::Bucket) => {
                "oss://BUCKET"
            }
            (false, _) => "*",
        };
        misplaced(action, form)
    })
}

/// Where an action is asked for in a bucket: on this key, on whichever, or on the bucket. Not at all if it is about the
/// service.
pub(crate) fn place(action: &str, bucket: &str, key: Option<&str>) -> Option<String> {
    let ops: Vec<_> = asks(Oss::OPS, action).map(|(op, _)| op).collect();
    if ops.iter().any(|op| is_on_objects(op)) {
        return Some(format!("oss://{bucket}/{}", key.unwrap_or("*")));
    }
    let on_bucket = ops.iter().any(|op| op.route.scope == Scope::Bucket);
    on_bucket.then(|| format!("oss://{bucket}"))
}

/// Whether an action of RAM is about such a thing as `user/NAME`.
pub(crate) fn is_of_kind(action: &str, relative: &str) -> bool {
    let kind = |relative: &str| relative.split('/').next().unwrap_or_default().to_owned();
    let mut ops = asks(Ram::OPS, action);
    ops.any(|(op, _)| {
        let widest = op.route.widest("");
        let of = widest.rsplit(':').next().unwrap_or_default();
        kind(of) == kind(relative)
    })
}

/// An operation of this kind, for condition keys and guards. Where nothing asks for the action it is one that no ACL
/// gives away.
pub(crate) fn row(ops: &[&'static Op<Oss>], scope: Scope) -> Result<&'static Op<Oss>, Wrong> {
    let stand_in = match scope {
        Scope::Object | Scope::Form => "GetObjectAcl",
        Scope::Bucket | Scope::Service => "GetBucketInfo",
    };
    let other = || Oss::OPS.iter().find(|op| op.name == stand_in);
    let found = ops.first().copied().or_else(other);
    found.ok_or_else(|| Wrong(format!("OSS has no {stand_in}")))
}

/// The sentence for a resource of another kind than the action's.
pub(crate) fn misplaced(action: &str, form: &str) -> Wrong {
    Wrong(format!("{action} is asked for on {form}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, far) in [
            ("", "", 0),
            ("a", "", 1),
            ("oss:getobject", "oss:getobjects", 1),
            ("abc", "axc", 1),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
            assert_eq!(distance(other, one), far, "{other} {one}");
        }
    }

    #[test]
    fn further_actions_are_in_order() {
        let lines: Vec<_> = FURTHER.lines().collect();
        assert!(lines.is_sorted(), "sort actions.txt");
    }
}

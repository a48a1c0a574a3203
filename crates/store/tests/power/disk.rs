//! A disk with a volatile cache, in memory.
//!
//! Whoever uses it sees every change at once. What would be left after a power failure is another matter, and
//! [`Disk::cut`] decides it by chance, as a real disk and file system may:
//!
//! * Syncing a file makes its bytes and its length durable; not its name. Syncing a folder makes the names in it
//!   durable; not what they name.
//! * Of all else any part may survive, in any order: of every sector that was written to, one of the states which it
//!   had since the last sync; any of the lengths that the file had; any of the names that came, went or changed.
//! * A sector is never mixed, a truncation shows whole or not at all, and a file that was renamed has its old name or
//!   its new one, or both, but not none.

mod content;
mod file;

use std::ffi::{OsStr, OsString};

use fastrand::Rng;
use imbl::{OrdMap, Vector};

pub(crate) use file::File;

/// The number of a file or folder.
pub(crate) type Ino = u64;

/// The folder in which everything is.
pub(crate) const ROOT: Ino = 1;

/// Everything on the disk, and what of it would survive. Clones cost nothing.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    nodes: OrdMap<Ino, Node>,
    /// Changes of names which are not durable yet, in order.
    steps: Vector<Step>,
    next: Ino,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    File(File),
    Folder(Folder),
}

type Names = OrdMap<OsString, Ino>;

/// What a folder holds now, and what it would hold for certain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    live: Names,
    durable: Names,
}

/// Where a name stands.
type Place = (Ino, OsString);

#[derive(Clone, Debug)]
enum Step {
    Link(Place, Ino),
    Unlink(Place, Ino),
    Rename(Place, Place, Ino),
}

impl Disk {
    /// An empty disk.
    pub(crate) fn new() -> Disk {
        let root = Node::Folder(Folder::default());
        Disk {
            nodes: OrdMap::unit(ROOT, root),
            steps: Vector::new(),
            next: ROOT + 1,
        }
    }

    pub(crate) fn node(&self, ino: Ino) -> Option<&Node> {
        self.nodes.get(&ino)
    }

    pub(crate) fn file(&mut self, ino: Ino) -> Option<&mut File> {
        match self.nodes.get_mut(&ino) {
            Some(Node::File(file)) => Some(file),
            _ => None,
        }
    }

    /// The names in a folder.
    pub(crate) fn names(&self, folder: Ino) -> Option<&Names> {
        match self.nodes.get(&folder) {
            Some(Node::Folder(folder)) => Some(&folder.live),
            _ => None,
        }
    }

    pub(crate) fn find(&self, folder: Ino, name: &OsStr) -> Option<Ino> {
        self.names(folder)?.get(name).copied()
    }

    /// Makes a file or folder under a name that is free.
    pub(crate) fn create(&mut self, folder: Ino, name: &OsStr, node: Node) -> Ino {
        let ino = self.next;
        self.next += 1;
        self.nodes.insert(ino, node);
        self.link(folder, name, ino);
        ino
    }

    /// Gives a file a name that is free.
    pub(crate) fn link(&mut self, folder: Ino, name: &OsStr, ino: Ino) {
        self.step(Step::Link((folder, name.to_owned()), ino));
    }

    pub(crate) fn unlink(&mut self, folder: Ino, name: &OsStr) {
        if let Some(ino) = self.find(folder, name) {
            self.step(Step::Unlink((folder, name.to_owned()), ino));
        }
    }

    /// Moves a name, over whatever it meets.
    pub(crate) fn rename(&mut self, from: (Ino, &OsStr), to: (Ino, &OsStr)) {
        if let Some(ino) = self.find(from.0, from.1) {
            let own = |(folder, name): (Ino, &OsStr)| (folder, name.to_owned());
            self.step(Step::Rename(own(from), own(to), ino));
        }
    }

    fn step(&mut self, step: Step) {
        step.apply(self, |folder| &mut folder.live);
        self.steps.push_back(step);
    }

    /// Makes a file's bytes or a folder's names durable.
    pub(crate) fn sync(&mut self, ino: Ino) {
        match self.nodes.get_mut(&ino) {
            Some(Node::File(file)) => file.sync(),
            Some(Node::Folder(_)) => self.sync_names(ino),
            None => {}
        }
    }

    /// A rename becomes durable with the folder of the new name. That the old name has gone becomes so with its own.
    fn sync_names(&mut self, folder: Ino) {
        for step in std::mem::take(&mut self.steps) {
            let (durable, rest) = match step {
                Step::Link(place, ino) if place.0 == folder => (Some(Step::Link(place, ino)), None),
                Step::Unlink(place, ino) if place.0 == folder => {
                    (Some(Step::Unlink(place, ino)), None)
                }
                Step::Rename(from, to, ino) if to.0 == folder && from.0 == folder => {
                    (Some(Step::Rename(from, to, ino)), None)
                }
                Step::Rename(from, to, ino) if to.0 == folder => {
                    (Some(Step::Link(to, ino)), Some(Step::Unlink(from, ino)))
                }
                other => (None, Some(other)),
            };
            if let Some(step) = durable {
                step.apply(self, |folder| &mut folder.durable);
            }
            self.steps.extend(rest);
        }
    }

    /// What a power failure at this moment may leave. The seed decides what it does leave.
    pub(crate) fn cut(&self, seed: u64) -> Disk {
        let mut rng = Rng::with_seed(seed);
        let mut left = self.clone();
        for step in keep(&mut rng, &std::mem::take(&mut left.steps)) {
            step.apply(&mut left, |folder| &mut folder.durable);
        }
        let sector = *rng.choice(&[512, 4096]).unwrap_or(&4096);
        let mut nodes = OrdMap::new();
        let mut reached = vec![ROOT];
        while let Some(ino) = reached.pop() {
            let node = match left.nodes.get(&ino) {
                Some(Node::File(file)) => Node::File(file.cut(&mut rng, sector)),
                Some(Node::Folder(folder)) => {
                    reached.extend(folder.durable.values());
                    Node::Folder(Folder {
                        live: folder.durable.clone(),
                        durable: folder.durable.clone(),
                    })
                }
                None => continue,
            };
            nodes.insert(ino, node);
        }
        Disk { nodes, ..left }
    }
}

impl Step {
    /// Changes the names that `side` says. What is not there is not removed; what is there already is replaced.
    fn apply(&self, disk: &mut Disk, side: fn(&mut Folder) -> &mut Names) {
        match self {
            Step::Link(place, ino) => disk.put(place, *ino, side),
            Step::Unlink(place, ino) => disk.remove(place, *ino, side),
            Step::Rename(from, to, ino) => {
                disk.remove(from, *ino, side);
                disk.put(to, *ino, side);
            }
        }
    }
}

impl Disk {
    fn put(&mut self, (folder, name): &Place, ino: Ino, side: fn(&mut Folder) -> &mut Names) {
        if let Some(Node::Folder(folder)) = self.nodes.get_mut(folder) {
            side(folder).insert(name.clone(), ino);
        }
    }

    fn remove(&mut self, (folder, name): &Place, ino: Ino, side: fn(&mut Folder) -> &mut Names) {
        if let Some(Node::Folder(folder)) = self.nodes.get_mut(folder)
            && side(folder).get(name) == Some(&ino)
        {
            side(folder).remove(name);
        }
    }
}

/// Some of these, in order: often none, all, or all but one, because that is what goes wrong most.
fn keep<'a>(rng: &mut Rng, steps: &'a Vector<Step>) -> Vec<&'a Step> {
    let without = rng.usize(..=steps.len());
    match rng.u8(..6) {
        0 => Vec::new(),
        1 => steps.iter().collect(),
        2 | 3 => {
            let kept = steps.iter().enumerate().filter(|(n, _)| *n != without);
            kept.map(|(_, step)| step).collect()
        }
        _ => steps.iter().filter(|_| rng.bool()).collect(),
    }
}

//! What every instance sees: its code, its layers, and a place for temporary files.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::function::{copy_code, copy_tree};
use crate::isolation::{Machine, Rooms, Scratch};
use crate::{Function, blocking};

/// Where an instance finds them behind walls.
const CODE: &str = "/code";
const TEMPORARY: &str = "/tmp";
const LAYERS: &str = "/opt";

/// Paths as the process sees them.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) code: PathBuf,
    /// None without layers.
    pub(crate) layers: Option<PathBuf>,
    pub(crate) temporary: PathBuf,
}

/// What an instance has of its own, as the original must not be written to and cannot be covered.
struct Copies {
    code: Option<PathBuf>,
    layers: Option<PathBuf>,
}

impl Copies {
    /// Copies into the scratch folder, on a thread where that keeps nobody waiting. The folder goes along: should nobody
    /// wait for this any more, it is removed after the last file was written.
    async fn make(self, scratch: Scratch) -> io::Result<(Self, Scratch)> {
        if self.code.is_none() && self.layers.is_none() {
            return Ok((self, scratch));
        }
        blocking::try_apart(move || {
            let (code, layers) = (scratch.path().join("code"), scratch.path().join("opt"));
            let copies = Self {
                code: self.code.map(|from| copy_code(&from, &code)).transpose()?,
                layers: self
                    .layers
                    .map(|from| copy_tree(&from, &layers).map(|()| layers))
                    .transpose()?,
            };
            Ok((copies, scratch))
        })
        .await
    }
}

/// Puts everything where the process is to find it. Nothing of the function itself is ever written to. Without walls there
/// are no rooms.
pub(crate) async fn furnish(
    machine: &Machine,
    function: &Function,
    scratch: Scratch,
) -> io::Result<(Places, Option<Rooms>, Scratch)> {
    let temporary = scratch.path().join("tmp");
    fs::create_dir(&temporary)?;
    let rooms = machine.rooms(&scratch)?;
    let code = function.code.canonicalize()?;
    let covers = rooms.is_some() && machine.has_overlays();
    let copies = Copies {
        code: (!covers || !code.is_dir()).then(|| code.clone()),
        layers: function.layers.clone().filter(|_| !covers),
    };
    let (copies, scratch) = copies.make(scratch).await?;
    let Some(mut rooms) = rooms else {
        let places = Places {
            code: copies.code.unwrap_or(code),
            layers: copies.layers,
            temporary,
        };
        return Ok((places, None, scratch));
    };
    rooms.bind(&temporary, TEMPORARY.as_ref(), true);
    match &copies.code {
        Some(copy) => rooms.bind(copy, CODE.as_ref(), true),
        None => rooms.overlay(&code, CODE.as_ref())?,
    }
    match (&copies.layers, &function.layers) {
        (Some(copy), _) => rooms.bind(copy, LAYERS.as_ref(), true),
        (None, Some(layers)) => rooms.overlay(layers, LAYERS.as_ref())?,
        (None, None) => {
            let empty = scratch.path().join("opt");
            fs::create_dir(&empty)?;
            rooms.bind(&empty, LAYERS.as_ref(), true);
        }
    }
    let places = Places {
        code: CODE.into(),
        layers: function.layers.as_ref().map(|_| LAYERS.into()),
        temporary: TEMPORARY.into(),
    };
    Ok((places, Some(rooms), scratch))
}

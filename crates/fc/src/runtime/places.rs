//! What every instance sees: its code, its layers, and a place for temporary files.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::Function;
use crate::function::copy_tree;
use crate::isolation::{Machine, Rooms, Scratch};

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

/// Puts everything where the process is to find it. Nothing of the function itself is ever written to. Without walls there
/// are no rooms.
pub(crate) fn furnish(
    machine: &Machine,
    function: &Function,
    scratch: &Scratch,
) -> io::Result<(Places, Option<Rooms>)> {
    let temporary = scratch.path().join("tmp");
    fs::create_dir(&temporary)?;
    let Some(mut rooms) = machine.rooms(scratch)? else {
        let layers = function.layers.as_ref().map(|layers| {
            let copy = scratch.path().join("opt");
            copy_tree(layers, &copy).map(|()| copy)
        });
        let places = Places {
            code: function.copy_code(&scratch.path().join("code"))?,
            layers: layers.transpose()?,
            temporary,
        };
        return Ok((places, None));
    };
    rooms.bind(&temporary, TEMPORARY.as_ref(), true);
    let code = function.code.canonicalize()?;
    if code.is_dir() && machine.has_overlays() {
        rooms.overlay(&code, CODE.as_ref())?;
    } else {
        let copy = function.copy_code(&scratch.path().join("code"))?;
        rooms.bind(&copy, CODE.as_ref(), true);
    }
    show_layers(machine, function, scratch, &mut rooms)?;
    let places = Places {
        code: CODE.into(),
        layers: function.layers.as_ref().map(|_| LAYERS.into()),
        temporary: TEMPORARY.into(),
    };
    Ok((places, Some(rooms)))
}

fn show_layers(
    machine: &Machine,
    function: &Function,
    scratch: &Scratch,
    rooms: &mut Rooms,
) -> io::Result<()> {
    let copy = scratch.path().join("opt");
    match &function.layers {
        Some(layers) if machine.has_overlays() => return rooms.overlay(layers, LAYERS.as_ref()),
        Some(layers) => copy_tree(layers, &copy)?,
        None => fs::create_dir(&copy)?,
    }
    rooms.bind(&copy, LAYERS.as_ref(), true);
    Ok(())
}

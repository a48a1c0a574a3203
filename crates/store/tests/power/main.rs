//! What the disk backend keeps when the power fails: it runs on a file system that forgets whatever was not synced.
//!
//! `disk` is the model of such a disk, `mount` makes the kernel talk to it, `programs` proves it with programs whose
//! fate is known. `survival` is about the store: a `life` on a disk, what its `writer`s do and what that makes of their
//! rows (`history`), and how what is left is `judge`d.
#![cfg(target_os = "linux")]

mod disk;
#[cfg(feature = "faults")]
mod history;
#[cfg(feature = "faults")]
mod judge;
#[cfg(feature = "faults")]
mod life;
mod mount;
mod programs;
#[cfg(feature = "faults")]
mod survival;
#[cfg(feature = "faults")]
mod writer;

/// Says something that is to be seen even when the test passes.
fn tell(what: std::fmt::Arguments<'_>) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "power: {what}");
}

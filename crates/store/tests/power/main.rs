//! What the disk backend keeps when the power fails: it runs on a file system that forgets whatever was not synced.
//!
//! `disk` is the model of such a disk, `mount` makes the kernel talk to it, `programs` proves it with programs whose
//! fate is known. The rest is about the store.
#![cfg(target_os = "linux")]

mod disk;
mod mount;
mod programs;

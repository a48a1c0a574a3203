//! Has the linker write relocations in their short form, where the C library of this machine reads it.
//! <https://sourceware.org/glibc/wiki/Release/2.36>

use std::env;
use std::process::Command;

/// The first version of glibc that reads the short form.
const FIRST: (u32, u32) = (2, 36);

#[expect(
    clippy::disallowed_methods,
    reason = "this is where Cargo says what it builds for"
)]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_native = env::var("HOST") == env::var("TARGET");
    if is_native && glibc().is_some_and(|version| version >= FIRST) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of glibc that this machine has, which says `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let said = String::from_utf8(said.ok()?.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

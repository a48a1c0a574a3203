//! A launcher for the tests of this crate. The program `localyun` is its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    fc::launch_if_asked().unwrap_or(ExitCode::FAILURE)
}

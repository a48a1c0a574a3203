//! The `localyun` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    localyun::cli::main()
}

//! `localyun permissions`.

mod test;

use clap::{Args, Subcommand};

use super::{Failure, print};

/// Test permissions that a file declares
#[derive(Debug, Args)]
pub(super) struct Permissions {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Test(test::Test),
}

impl Permissions {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.what {
            What::Test(test) => test.run(),
        }
    }
}

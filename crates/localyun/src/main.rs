//! The `localyun` command.

fn main() {}

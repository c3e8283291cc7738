//! The `tasker` command line.
fn main() {}

//! Precompiles the first-party plugins.

fn main() {}

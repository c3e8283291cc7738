//! Nothing: what this package is for is its `Cargo.toml`.

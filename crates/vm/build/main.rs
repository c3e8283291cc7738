//! Gives the crate a hash of everything that shapes a snapshot and that the booted memory does not
//! show by itself: this crate's sources, and the versions of the engine and of the compilers.

use std::{env, fs, path::Path, process::Command};

use xxhash_rust::xxh3::Xxh3;

mod engine;

fn main() {
    let mut hash = Xxh3::new();
    for folder in ["engine", "build"] {
        sources(Path::new(folder), &mut hash);
        println!("cargo::rerun-if-changed={folder}");
    }

    let lock = Path::new("../../Cargo.lock");
    if let Ok(text) = fs::read_to_string(lock) {
        println!("cargo::rerun-if-changed={}", lock.display());
        for package in text.split("[[package]]").filter(|package| {
            ["\"rquickjs-sys\"", "\"rlsf\""]
                .iter()
                .any(|name| package.contains(&format!("name = {name}")))
        }) {
            hash.update(package.as_bytes());
        }
    }
    let target = env::var("TARGET").unwrap_or_default();
    for name in ["CC", "CFLAGS"] {
        for name in [
            name.to_owned(),
            format!("{name}_{}", target.replace('-', "_")),
        ] {
            println!("cargo::rerun-if-env-changed={name}");
            hash.update(env::var(name).unwrap_or_default().as_bytes());
        }
    }
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    if let Ok(version) = Command::new(rustc).arg("-vV").output() {
        hash.update(&version.stdout);
    }
    for name in ["TARGET", "OPT_LEVEL"] {
        hash.update(env::var(name).unwrap_or_default().as_bytes());
    }
    engine::compile(hash.digest());

    sources(Path::new("src"), &mut hash);
    println!("cargo::rerun-if-changed=src");
    // The name makes it easy to find in a binary.
    println!(
        "cargo::rustc-env=TASKER_VM_BUILD=tasker-vm-{:016x}",
        hash.digest()
    );
}

fn sources(folder: &Path, hash: &mut Xxh3) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, hash);
        } else if let Ok(text) = fs::read(&path) {
            hash.update(path.to_string_lossy().as_bytes());
            hash.update(&text);
        }
    }
}

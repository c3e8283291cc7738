//! No package has a crate of others compiled once more because it asks for other features.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// Each crate with the sets of features that it is compiled with.
type Crates = BTreeMap<String, BTreeSet<String>>;

/// What Cargo chooses for a command with these arguments, without building anything.
fn chosen(arguments: &[&str]) -> Crates {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--prefix=none",
            "--format={p};{f}",
        ])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut crates = Crates::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        if let Some((package, features)) = line.split_once(';')
            // Those of this workspace may have features for their tests.
            && !package.contains("(/")
        {
            // What has been shown with its dependencies before has a mark.
            let features = features.trim_end_matches("(*)").trim().to_owned();
            crates
                .entry(package.to_owned())
                .or_default()
                .insert(features);
        }
    }
    assert!(crates.len() > 20, "{arguments:?}: {crates:?}");
    crates
}

/// The crates of `some` that are among `all` too, but with other features.
fn other(some: &Crates, all: &Crates) -> Vec<String> {
    some.iter()
        .filter_map(|(package, features)| Some((package, features, all.get(package)?)))
        .filter(|(_, features, known)| !features.is_subset(known))
        .map(|(package, features, known)| format!("{package}: {features:?} and not {known:?}"))
        .collect()
}

const BUILD: &str = "--edges=normal,build";
const TEST: &str = "--edges=normal,build,dev";

#[test]
fn packages_agree_natively() {
    let whole = chosen(&[TEST]);
    let programs = other(&chosen(&[BUILD]), &whole);
    assert_eq!(
        programs, [""; 0],
        "the programs, as the tests' packages have them"
    );
    for (package, edges) in [
        ("tasker", BUILD),
        ("tasker", TEST),
        ("tasker-runtime", TEST),
        ("tasker-tests", TEST),
    ] {
        let differ = other(&chosen(&[edges, "--package", package]), &whole);
        assert_eq!(
            differ, [""; 0],
            "{package} with {edges}; what is missing goes into crates/features/Cargo.toml"
        );
    }
}

#[test]
fn the_vm_agrees_with_the_components_in_wasm() {
    let edges = "--edges=normal,dev,no-proc-macro";
    let target = "--target=wasm32-wasip1";
    let folders = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../components"));
    // Each has the name of its folder.
    let components: Vec<_> = folders
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .map(|name| format!("--package={name}"))
        .collect();
    let arguments: Vec<_> = [edges, target]
        .into_iter()
        .chain(components.iter().map(String::as_str))
        .collect();
    let vm = chosen(&[edges, target, "--package=tasker-vm"]);
    assert_eq!(
        other(&vm, &chosen(&arguments)),
        [""; 0],
        "what is missing goes into crates/features/Cargo.toml"
    );
}

#[test]
fn a_difference_is_seen() {
    let crates = |found: &[(&str, &[&str])]| -> Crates {
        let sets = |sets: &[&str]| sets.iter().map(|set| (*set).to_owned()).collect();
        found
            .iter()
            .map(|(name, known)| ((*name).to_owned(), sets(known)))
            .collect()
    };
    let whole = crates(&[("a v1", &["std"]), ("b v2", &["", "alloc"])]);
    let differ = other(
        &crates(&[
            ("a v1", &["alloc,std"]),
            ("b v2", &[""]),
            ("c v3", &["std"]),
        ]),
        &whole,
    );
    assert_eq!(differ, [r#"a v1: {"alloc,std"} and not {"std"}"#]);
}

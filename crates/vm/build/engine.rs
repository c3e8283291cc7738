//! Compiles QuickJS with its loops counted: the sources that `rquickjs-sys` brings, `engine/loops.h` before each, and
//! the patches there applied. The library shadows the one of `rquickjs-sys`, because it is linked before it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const SOURCES: [&str; 4] = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"];

/// In the order in which they are applied.
const PATCHES: [&str; 5] = [
    "loops.patch",
    "memory.patch",
    "moot.patch",
    "calls.patch",
    "stack.patch",
];

/// What the library is linked as.
const NAME: &str = "tasker_engine";

/// Compiles the engine unless it was compiled from the same `inputs` before: that takes half a minute.
pub(crate) fn compile(inputs: u64) {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let (stamp, inputs) = (out.join("inputs"), inputs.to_string());
    if fs::read_to_string(&stamp).is_ok_and(|before| before == inputs) {
        println!("cargo::rustc-link-lib=static={NAME}");
        println!("cargo::rustc-link-search=native={}", out.display());
        return;
    }
    let folder = out.join("engine");
    fs::create_dir_all(&folder).expect("a folder for the engine's sources");
    copy(&sources(&out).join("quickjs"), &folder);
    for patch in PATCHES {
        apply(&Path::new("engine").join(patch), &folder);
    }

    let mut build = cc::Build::new();
    build
        .warnings(false)
        .define("_GNU_SOURCE", None)
        .include("engine")
        .flag("-include")
        .flag("loops.h")
        // Assertions name their file: not by where it was built.
        .flag_if_supported(format!("-ffile-prefix-map={}=.", out.display()));
    // As `rquickjs-sys` does it: what QuickJS does for Emscripten fits WASI.
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("wasi") {
        build.define("EMSCRIPTEN", "1");
        build.define("FE_DOWNWARD", "0").define("FE_UPWARD", "0");
    }
    build.files(SOURCES.map(|source| folder.join(source)));
    build.compile(NAME);
    fs::write(stamp, inputs).expect("a note of what was compiled");
}

/// Where cargo keeps the package `rquickjs-sys`: asked about a manifest that has no other dependency, it answers without
/// the network.
fn sources(out: &Path) -> PathBuf {
    let place = out.join("place");
    fs::create_dir_all(place.join("src")).expect("a folder for a manifest");
    let manifest = "[package]\nname = \"place\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
        [workspace]\n\n[dependencies]\nrquickjs-sys = \"*\"\n";
    fs::write(place.join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(place.join("src/lib.rs"), "").expect("a source file");
    fs::copy("../../Cargo.lock", place.join("Cargo.lock")).expect("the workspace has a Cargo.lock");
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let answer = Command::new(cargo)
        .args(["metadata", "--offline", "--format-version=1"])
        .args([
            "--filter-platform",
            &env::var("TARGET").expect("cargo sets TARGET"),
        ])
        .current_dir(&place)
        .output()
        .expect("cargo runs");
    let complaint = String::from_utf8_lossy(&answer.stderr);
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)
        .unwrap_or_else(|_| panic!("cargo metadata: {complaint}"));
    let packages = answer["packages"].as_array().into_iter().flatten();
    packages
        .filter(|package| package["name"] == "rquickjs-sys")
        .find_map(|package| Path::new(package["manifest_path"].as_str()?).parent())
        .expect("cargo knows where rquickjs-sys is")
        .to_owned()
}

fn copy(from: &Path, to: &Path) {
    let files = fs::read_dir(from).expect("rquickjs-sys has the engine's sources");
    for path in files.flatten().map(|file| file.path()) {
        let is_source = path.extension().is_some_and(|end| end == "c" || end == "h");
        if let Some(name) = path.file_name().filter(|_| is_source) {
            fs::copy(&path, to.join(name)).expect("a copy of a source file");
        }
    }
}

/// A patch that does not fit stops the build: each of its places must be looked at when the engine changes.
fn apply(patch_file: &Path, folder: &Path) {
    let text = fs::read_to_string(patch_file).expect("the patch");
    let starts: Vec<usize> = text.match_indices("--- a/").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    for (start, end) in starts.iter().copied().zip(ends) {
        let patch = diffy::Patch::from_str(&text[start..end]).expect("a unified diff");
        let name = patch
            .original()
            .and_then(|name| name.strip_prefix("a/"))
            .expect("a file's name");
        let path = folder.join(name);
        let source = fs::read_to_string(&path).expect("a source file of the engine");
        let patched = diffy::apply(&source, &patch).unwrap_or_else(|error| {
            panic!("{} does not fit {name}: {error}", patch_file.display())
        });
        fs::write(&path, patched).expect("a patched source file");
    }
}

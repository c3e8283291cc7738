//! Where a module's name leads: the rules of publishing, which packs modules under these paths,
//! and of the VM, which finds them there. Paths are relative to the task file's folder, with
//! forward slashes.

/// What is tried behind a name, in this order.
const ENDINGS: [&str; 10] = [
    "",
    ".js",
    ".mjs",
    ".cjs",
    ".json",
    ".ts",
    ".mts",
    ".cts",
    "/index.js",
    "/index.ts",
];
/// What a file of JavaScript is called before it is made of TypeScript, whose imports name it by what it becomes.
const BEFORE: [(&str, &str); 3] = [(".js", ".ts"), (".mjs", ".mts"), (".cjs", ".cts")];

/// Modules of Node's that the VM has itself.
pub const BUILT_IN: [&str; 14] = [
    "assert",
    "assert/strict",
    "buffer",
    "events",
    "path",
    "path/posix",
    "process",
    "querystring",
    "string_decoder",
    "timers",
    "timers/promises",
    "url",
    "util",
    "util/types",
];

/// The name without `node:` of a module that the VM has itself; `None` for all others.
#[must_use]
pub fn built_in(name: &str) -> Option<&str> {
    let name = name.strip_prefix("node:").unwrap_or(name);
    BUILT_IN.contains(&name).then_some(name)
}

/// Whether a name is relative: the only kind that can be packed.
#[must_use]
pub fn is_relative(name: &str) -> bool {
    matches!(name, "." | "..") || name.starts_with("./") || name.starts_with("../")
}

/// A path without `.`, and with `..` only where it leads out of the task file's folder.
#[must_use]
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The path that a relative name stands for in the module `from`.
#[must_use]
pub fn join(from: &str, name: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    normal(&format!("{folder}/{name}"))
}

/// The paths of the files that may be meant by a normal path, the first that exists being it.
pub fn candidates(path: &str) -> impl Iterator<Item = String> {
    let typescript = BEFORE.iter().filter_map(move |(after, before)| {
        let stem = path.strip_suffix(after)?;
        Some(format!("{stem}{before}"))
    });
    let named = ENDINGS
        .iter()
        .filter_map(move |ending| match (path, *ending) {
            ("", ending) => Some(ending.strip_prefix('/')?.to_owned()),
            (path, ending) => Some(format!("{path}{ending}")),
        });
    named.chain(typescript)
}

/// Whether a file name says that it is JavaScript.
#[must_use]
pub fn is_script(file: &str) -> bool {
    ENDINGS[1..4].iter().any(|ending| file.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_paths_relative_to_the_task_file() {
        for (from, name, path) in [
            ("task.js", "./x", "x"),
            ("task.js", "../shared/gapi-helper", "../shared/gapi-helper"),
            ("../shared/a.js", "./b.js", "../shared/b.js"),
            ("../shared/a.js", "../tasks/x", "../tasks/x"),
            ("../shared/a.js", "../../lib/x", "../../lib/x"),
            ("lib/deep/a.js", "../b/./c", "lib/b/c"),
            ("lib/a.js", "..", ""),
            ("lib/a.js", "./", "lib"),
        ] {
            assert_eq!(join(from, name), path, "{name} in {from}");
        }
        for name in [
            "lodash",
            "node:fs",
            "/etc/passwd",
            "https://example.com/x.js",
            ".x",
            "",
        ] {
            assert!(!is_relative(name), "{name}");
        }
        assert_eq!(built_in("node:path/posix"), Some("path/posix"));
        assert_eq!(
            (built_in("util"), built_in("./util"), built_in("node:fs")),
            (Some("util"), None, None)
        );
        assert_eq!(candidates("").collect::<Vec<_>>(), ["index.js", "index.ts"]);
        assert_eq!(candidates("a/x.mjs").last().as_deref(), Some("a/x.mts"));
        assert_eq!(candidates("x").nth(1).as_deref(), Some("x.js"));
        assert!(is_script("a.mjs") && !is_script("a.json") && !is_script("a"));
    }
}

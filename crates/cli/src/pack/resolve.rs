//! Where a module's name leads. The same rules as in the VM, which sees the keys made here.

use std::path::{Path, PathBuf};

/// What is tried behind a name, in this order.
const SUFFIXES: [&str; 6] = ["", ".js", ".mjs", ".cjs", ".json", "/index.js"];

/// Whether a name is relative: the only kind that can be packed.
pub(crate) fn is_relative(specifier: &str) -> bool {
    matches!(specifier, "." | "..") || specifier.starts_with("./") || specifier.starts_with("../")
}

/// The key that a relative name stands for in the module `from`: a path relative to the task
/// file's folder, with forward slashes, `.` and inner `..` resolved and leading `..` kept.
pub(crate) fn join(from: &str, specifier: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(specifier.split('/')) {
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

/// The first key that is a file, and that file. `folder` is the task file's.
pub(crate) fn find(folder: &Path, key: &str) -> Option<(String, PathBuf)> {
    SUFFIXES.iter().find_map(|suffix| {
        let key = match (key, *suffix) {
            ("", "/index.js") => "index.js".to_owned(),
            ("", _) => return None,
            (key, suffix) => format!("{key}{suffix}"),
        };
        let path = folder.join(&key);
        path.is_file().then_some((key, path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_keys_relative_to_the_task_file() {
        for (from, specifier, key) in [
            ("task.js", "./x", "x"),
            ("task.js", "../shared/gapi-helper", "../shared/gapi-helper"),
            ("../shared/a.js", "./b.js", "../shared/b.js"),
            ("../shared/a.js", "../tasks/x", "../tasks/x"),
            ("../shared/a.js", "../../lib/x", "../../lib/x"),
            ("lib/deep/a.js", "../b/./c", "lib/b/c"),
            ("lib/a.js", "..", ""),
            ("lib/a.js", "./", "lib"),
        ] {
            assert_eq!(join(from, specifier), key, "{specifier} in {from}");
        }
        for specifier in [
            "lodash",
            "node:fs",
            "/etc/passwd",
            "https://example.com/x.js",
            ".x",
            "",
        ] {
            assert!(!is_relative(specifier), "{specifier}");
        }
    }
}

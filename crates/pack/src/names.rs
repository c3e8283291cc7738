//! What modules are called, and what that says of them.

use std::ops::Range;
use std::path::Path;

use crate::is_typescript;

/// What stands for a module that a package does without. It is empty.
pub(crate) const NOTHING: &str = "node_modules/nothing.cjs";

/// Whether a module is of a package rather than of the task's own files.
pub(crate) fn is_of_package(key: &str) -> bool {
    key.split('/').any(|part| part == "node_modules")
}

/// Whether a file's name says that a module can be made of it.
pub(crate) fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("js" | "mjs" | "cjs" | "json")) || is_typescript(path)
}

/// What the module `to` is called in `from`; `None`: there is no such name.
pub(crate) fn relative(from: &str, to: &str) -> Option<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<_> = to.split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let (up, down) = (&from[common..], &to[common..]);
    if up.contains(&"..") {
        return None;
    }
    let start = match up.len() {
        0 if down.first() != Some(&"..") => "./".to_owned(),
        steps => "../".repeat(steps),
    };
    Some(start + &down.join("/"))
}

/// The code with other names of modules: each stands in place of a literal.
pub(crate) fn renamed(code: &str, mut names: Vec<(Range<usize>, String)>) -> String {
    names.sort_by_key(|(span, _)| span.start);
    let mut renamed = String::with_capacity(code.len());
    let mut at = 0;
    for (span, name) in names {
        renamed.push_str(code.get(at..span.start).unwrap_or_default());
        // JSON's texts are JavaScript's.
        renamed.push_str(&serde_json::Value::from(name).to_string());
        at = span.end;
    }
    renamed.push_str(code.get(at..).unwrap_or_default());
    renamed
}

#[cfg(test)]
mod tests {
    use tasker_domain::module;

    use super::*;

    #[test]
    fn modules_are_named_from_where_they_are_needed() {
        for (from, to, expected) in [
            (
                "task.js",
                "node_modules/a/b.js",
                Some("./node_modules/a/b.js"),
            ),
            (
                "task.js",
                "../node_modules/a.js",
                Some("../node_modules/a.js"),
            ),
            (
                "lib/task.js",
                "../node_modules/a.js",
                Some("../../node_modules/a.js"),
            ),
            (
                "../shared/b.js",
                "../node_modules/a.js",
                Some("../node_modules/a.js"),
            ),
            (
                "node_modules/a/x/y.js",
                "node_modules/a/z.js",
                Some("../z.js"),
            ),
            ("../../b.js", "../node_modules/a.js", None),
        ] {
            let named = relative(from, to);
            assert_eq!(named.as_deref(), expected, "{from} {to}");
            if let Some(named) = named {
                assert_eq!(module::join(from, &named), to);
            }
        }
        let names = vec![(7..10, "'a".to_owned()), (2..5, "\"".to_owned())];
        assert_eq!(
            renamed("é('x') 'y'", vec![(3..6, "z".to_owned())]),
            "é(\"z\") 'y'"
        );
        assert_eq!(renamed("f('x', `y`)", names), "f(\"\\\"\", \"'a\")");
    }
}

use std::collections::BTreeMap;

use tasker_domain::module;

/// A published task: its code and the modules that were packed with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The task's name, for messages and stack traces.
    pub name: String,
    /// Source of the task file.
    pub code: String,
    /// Sources by path, relative to the task file's folder: `../shared/gapi-helper.js`.
    pub modules: BTreeMap<String, String>,
}

impl Program {
    /// With every module under its normal path.
    pub(crate) fn normal(self) -> Self {
        let modules = self
            .modules
            .into_iter()
            .map(|(path, source)| (module::normal(&path), source))
            .collect();
        Program { modules, ..self }
    }

    /// The task file's own path: it stands in the folder that all paths are relative to.
    pub(crate) fn file(&self) -> String {
        if module::is_script(&self.name) {
            self.name.clone()
        } else {
            format!("{}.js", self.name)
        }
    }

    /// Source of the module at a normal path.
    pub(crate) fn source(&self, path: &str) -> Option<&str> {
        match self.modules.get(path) {
            Some(source) => Some(source),
            None if path == self.file() => Some(&self.code),
            None => None,
        }
    }

    /// The path of what `base` calls `name`. The error says what exists instead.
    pub(crate) fn resolve(&self, base: &str, name: &str) -> Result<String, String> {
        let path = match base {
            _ if !module::is_relative(name) => module::normal(name),
            // The task file stands in the folder whatever its task's name.
            base if base == self.file() => module::normal(name),
            base => module::join(base, name),
        };
        let found = module::candidates(&path).find(|path| self.source(path).is_some());
        found.ok_or_else(|| {
            let mut packed: Vec<&str> = self.modules.keys().map(String::as_str).take(20).collect();
            if packed.is_empty() {
                packed.push("none");
            }
            format!(
                "cannot find module \"{name}\", required from {base}; packed modules: {}",
                packed.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_task_file() {
        let modules = [
            "../shared/gapi.js",
            "./lib/index.js",
            "lib/data.json",
            "../shared/deep/x.mjs",
        ];
        let modules = modules
            .iter()
            .map(|path| ((*path).to_owned(), String::new()))
            .collect();
        let program = Program {
            name: "group/my-task".into(),
            code: String::new(),
            modules,
        }
        .normal();
        for (base, name, path) in [
            ("group/my-task.js", "../shared/gapi", "../shared/gapi.js"),
            ("group/my-task.js", "./lib", "lib/index.js"),
            ("group/my-task.js", "./lib/../lib/data", "lib/data.json"),
            ("lib/index.js", "./data.json", "lib/data.json"),
            ("../shared/gapi.js", "./deep/x", "../shared/deep/x.mjs"),
            ("../shared/deep/x.mjs", "../gapi.js", "../shared/gapi.js"),
            ("lib/index.js", "../group/my-task", "group/my-task.js"),
        ] {
            assert_eq!(
                program.resolve(base, name).as_deref(),
                Ok(path),
                "{name} from {base}"
            );
        }
        let message = program.resolve("lib/index.js", "./nothing").unwrap_err();
        assert!(
            message.contains("\"./nothing\"")
                && message.contains("lib/index.js")
                && message.contains("../shared/gapi.js")
        );
    }
}

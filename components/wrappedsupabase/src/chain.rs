//! A chain's steps, as the VM sends them: a string for a property, `[name, …arguments]` for a call.

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::{invalid, unknown_method};

/// Steps of one chain.
const STEPS: usize = 500;

/// One step of a chain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// `None` for a property.
    args: Option<Vec<Value>>,
}

/// A whole chain: at least one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chain(Vec<Step>);

impl Chain {
    pub(crate) fn read(args: &str) -> Result<Self, ServiceError> {
        let steps: Vec<Value> = serde_json::from_str(args).map_err(|_| not_a_chain())?;
        if steps.is_empty() || steps.len() > STEPS {
            return Err(not_a_chain());
        }
        let steps = steps.into_iter().map(Step::read);
        steps
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(not_a_chain)
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(crate) fn head(&self) -> &str {
        &self.0[0].name
    }

    /// What stands for the chain in a policy. Of a client of parts, such as `storage`, the path is its
    /// properties and its last method; of tables, `from` and the verb.
    pub(crate) fn policy_path(&self) -> Vec<String> {
        let steps = self.0.iter().skip_while(|step| step.name == "schema");
        let path: Vec<&Step> = match self.head() {
            "storage" | "auth" | "functions" => {
                let settings = ["from", "setHeader", "throwOnError"];
                steps
                    .filter(|step| !settings.contains(&step.name.as_str()))
                    .collect()
            }
            "rpc" => steps.take(1).collect(),
            _ => steps.take(2).collect(),
        };
        match path[..] {
            // `schema("x").rpc("f")`, with its filters.
            [first, _] if first.name == "rpc" => vec!["rpc".to_owned()],
            _ => path.iter().map(|step| step.name.clone()).collect(),
        }
    }
}

fn not_a_chain() -> ServiceError {
    invalid(format!(
        "`tools.supabase`: the arguments are not the steps of a chain: a list of 1 to {STEPS} items, each a string or [name, …arguments]"
    ))
}

impl Step {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::String(name) => Some(Self { name, args: None }),
            Value::Array(items) => {
                let mut items = items.into_iter();
                let Some(Value::String(name)) = items.next() else {
                    return None;
                };
                Some(Self {
                    name,
                    args: Some(items.collect()),
                })
            }
            _ => None,
        }
    }

    /// Argument `index`; `None` is JavaScript's `undefined`.
    pub(crate) fn arg(&self, index: usize) -> Option<&Value> {
        self.args.as_ref()?.get(index)
    }

    pub(crate) fn is_call(&self) -> bool {
        self.args.is_some()
    }

    /// A member of the options in argument `index`; `None` if it is `undefined`.
    pub(crate) fn option(&self, index: usize, name: &str) -> Option<&Value> {
        self.arg(index)?.get(name)
    }

    /// A text argument that must be there.
    pub(crate) fn text(&self, index: usize, what: &str) -> Result<&str, ServiceError> {
        self.arg(index)
            .and_then(Value::as_str)
            .ok_or_else(|| invalid(format!("`{}`: {what} must be a string", self.name)))
    }

    /// The error for a step that `known` does not have.
    pub(crate) fn unknown(&self, known: &[&str]) -> ServiceError {
        unknown_method("supabase", std::slice::from_ref(&self.name), known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_knows_a_chain_by_its_head_and_verb() {
        for (args, path) in [
            (r#"[["from","t"],["select"],["eq","a",1]]"#, "from.select"),
            (
                r#"[["schema","s"],["from","t"],["delete"],["select"]]"#,
                "from.delete",
            ),
            (r#"[["rpc","f"],["eq","a",1]]"#, "rpc"),
            (r#"[["schema","s"],["rpc","f"],["eq","a",1]]"#, "rpc"),
            (
                r#"["storage",["from","b"],["throwOnError"],["upload","x",""]]"#,
                "storage.upload",
            ),
            (
                r#"["storage",["createBucket","b"]]"#,
                "storage.createBucket",
            ),
            (
                r#"["auth","admin",["deleteUser","x"]]"#,
                "auth.admin.deleteUser",
            ),
            (r#"["functions",["invoke","f"]]"#, "functions.invoke"),
            (r#"[["schema","s"]]"#, ""),
        ] {
            assert_eq!(Chain::read(args).unwrap().policy_path().join("."), path);
        }
        for args in ["{}", "[]", "[1]", "[[]]", "[[1]]", "[null]", "x"] {
            assert!(Chain::read(args).is_err(), "{args}");
        }
    }
}

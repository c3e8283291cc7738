//! Errors: name and message, the stack, and what they carry.

use super::{Printer, names};
use crate::{
    errors, format,
    island::{
        keys::Key,
        value::{Kind, Result, Thrown, Value},
    },
};

impl<'js> Printer<'js> {
    /// The text of an error; `keys` are those of its properties that are shown after it.
    pub(super) fn error(
        &mut self,
        value: &Value<'js>,
        constructor: Option<&str>,
        tag: &str,
        keys: &mut Vec<Key<'js>>,
    ) -> Result<String> {
        let string = |name: &str| self.said(value, name);
        let (name, message, stack) = (string("name"), string("message"), string("stack"));
        if !self.options.hidden {
            keys.retain(|key| !matches!(key.text().as_deref(), Some("name" | "message" | "stack")));
        }
        for name in ["cause", "errors"] {
            self.also(value, name, keys)?;
        }
        let name = name.unwrap_or_else(|| "Error".into());
        let has_own_name = names::own_named(value, "name").is_some();
        let shown = match has_own_name {
            true => name.clone(),
            false => class(&name, constructor, tag),
        };
        let message = message.unwrap_or_default();
        let headline = match (shown.as_str(), message.as_str()) {
            (name, "") => name.to_owned(),
            ("", message) => message.to_owned(),
            (name, message) => format!("{name}: {message}"),
        };
        let stack = stack
            .map(|stack| errors::places(&stack))
            .unwrap_or_default();
        let whole = match stack.as_str() {
            "" => format!("[{headline}]"),
            stack => format!("{headline}\n{stack}"),
        };
        let indent = format!("\n{}", " ".repeat(self.indent));
        Ok(whole.replace('\n', &indent))
    }

    /// A property that is a string. A getter of the task may run.
    fn said(&self, value: &Value<'js>, name: &str) -> Option<String> {
        match value.get(name) {
            Ok(said) => (said.kind() == Kind::String).then(|| format::string(&said, self.left)),
            Err(Thrown) => {
                self.ctx.catch();
                None
            }
        }
    }

    /// Shows an own property although it is not enumerable.
    fn also(&self, value: &Value<'js>, name: &str, keys: &mut Vec<Key<'js>>) -> Result<()> {
        let key = Key::new(self.ctx, name)?;
        let known = keys.iter().any(|key| key.text().as_deref() == Some(name));
        let Some(own) = names::own(value, &key).filter(|_| !known) else {
            return Ok(());
        };
        if name == "cause" || own.is_array() {
            keys.push(key);
        }
        Ok(())
    }
}

/// The name of an error whose class has another name than it says.
fn class(name: &str, constructor: Option<&str>, tag: &str) -> String {
    if constructor.is_some() && !name.ends_with("Error") {
        return name.to_owned();
    }
    let prefix = names::prefix(constructor, tag, name, "");
    let prefix = prefix.trim_end();
    if prefix.contains(name) {
        prefix.to_owned()
    } else {
        format!("{prefix} [{name}]")
    }
}

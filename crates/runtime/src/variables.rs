//! Application variables: where their values come from, and what each component sees of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tasker_hosts::{RequestRule, entries};

use crate::bindings::fermyon::spin::variables as bindings;
use crate::component::State;
use crate::manifest::Manifest;
use crate::{Error, Options, template};

/// The values that one component may read, by name.
#[derive(Clone, Debug)]
pub(crate) struct Variables(Arc<BTreeMap<String, String>>);

/// Why a component gets no value.
pub(crate) enum Missing {
    /// Not a name that a variable can have.
    InvalidName(String),
    /// Not among the component's variables.
    Undefined(String),
}

impl Variables {
    pub(crate) fn get(&self, name: &str) -> Result<String, Missing> {
        check_name(name).map_err(Missing::InvalidName)?;
        self.0
            .get(name)
            .cloned()
            .ok_or_else(|| Missing::Undefined(format!("no variable {name:?} for this component")))
    }
}

/// The value of every variable of the application: from `given`, else from `SPIN_VARIABLE_<NAME>` as `environment` knows it,
/// else `own_url` if that is its name, else the default.
pub(crate) fn resolve(
    manifest: &Manifest,
    given: &BTreeMap<String, String>,
    own_url: Option<(&str, String)>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, variable) in &manifest.variables {
        let invalid = |reason| Error::Variable {
            name: name.clone(),
            reason,
        };
        check_name(name).map_err(invalid)?;
        if !variable.required && variable.default.is_none() {
            return Err(invalid("needs `default` or `required = true`".into()));
        }
        let value = given
            .get(name)
            .cloned()
            .or_else(|| environment(&format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())))
            .or_else(|| match &own_url {
                Some((own, url)) if own == name => Some(url.clone()),
                _ => variable.default.clone(),
            });
        match value {
            Some(value) => _ = values.insert(name.clone(), value),
            None => missing.push(name.clone()),
        }
    }
    if let Some(name) = given
        .keys()
        .find(|name| !manifest.variables.contains_key(*name))
    {
        tracing::warn!("variable `{name}` was given, but the application has no such variable");
    }
    if missing.is_empty() {
        Ok(values)
    } else {
        Err(Error::VariablesMissing { names: missing })
    }
}

/// How much longer than a server an instance waits for its answer.
const SERVER_FIRST: Duration = Duration::from_secs(2);

/// How much longer than it works at a stretch an instance may compute without a pause.
const COMPUTES_ON: Duration = Duration::from_secs(5);

/// How long an instance waits for a database server, if a variable says so.
pub(crate) fn database_timeout(
    options: &Options,
    values: &BTreeMap<String, String>,
) -> Result<Option<Duration>, Error> {
    longer_than(
        options.database_timeout_variable.as_deref(),
        values,
        SERVER_FIRST,
    )
}

/// How long an instance may compute without a pause, if a variable says how long it works at a stretch.
pub(crate) fn computing(
    options: &Options,
    values: &BTreeMap<String, String>,
) -> Result<Option<Duration>, Error> {
    longer_than(options.computing_variable.as_deref(), values, COMPUTES_ON)
}

/// The seconds that a variable says, and `more`.
fn longer_than(
    name: Option<&str>,
    values: &BTreeMap<String, String>,
    more: Duration,
) -> Result<Option<Duration>, Error> {
    let Some((name, value)) = name.and_then(|name| values.get_key_value(name)) else {
        return Ok(None);
    };
    match value.trim().parse() {
        Ok(seconds) => Ok(Some(Duration::from_secs(seconds).saturating_add(more))),
        Err(_) => Err(Error::Variable {
            name: name.clone(),
            reason: "is not a number of seconds".to_owned(),
        }),
    }
}

/// The hosts that a component is told by the variable that names some besides those of its list.
pub(crate) fn named_hosts(
    options: &Options,
    templates: &BTreeMap<String, String>,
    values: &BTreeMap<String, String>,
) -> Result<Vec<RequestRule>, Error> {
    let name = options.hosts_variable.as_ref();
    let Some(name) = name.filter(|name| templates.contains_key(*name)) else {
        return Ok(Vec::new());
    };
    let read = |entry: &str| {
        RequestRule::parse(entry).ok_or_else(|| Error::Variable {
            name: name.clone(),
            reason: format!("has an entry that is no host: `{entry}`"),
        })
    };
    let value = values.get(name).map(String::as_str).unwrap_or_default();
    entries(value).map(read).collect()
}

/// What a component's `[component.<id>.variables]` come to, given the application's values.
pub(crate) fn of_component(
    templates: &BTreeMap<String, String>,
    values: &BTreeMap<String, String>,
) -> Result<Variables, Error> {
    let rendered = templates.iter().map(|(name, text)| {
        check_name(name)
            .and_then(|()| template::render(text, values))
            .map(|value| (name.clone(), value))
            .map_err(|reason| Error::Variable {
                name: name.clone(),
                reason,
            })
    });
    Ok(Variables(Arc::new(rendered.collect::<Result<_, _>>()?)))
}

/// Reads one `--variable` argument: `name=value`, `name=@file` (the file's text), `@file.json` or `@file.toml` (a map of strings).
///
/// # Errors
/// [`Error::Variable`] if the argument has none of these forms or the file cannot be read.
pub fn parse_argument(argument: &str) -> Result<BTreeMap<String, String>, Error> {
    let read = |name: &str, path: &str| {
        std::fs::read_to_string(path).map_err(|error| Error::Variable {
            name: name.to_owned(),
            reason: format!("{path}: {error}"),
        })
    };
    if let Some(path) = argument.strip_prefix('@') {
        let text = read(argument, path)?;
        let parsed = match Path::new(path)
            .extension()
            .and_then(|extension| extension.to_str())
        {
            // The parser's message is not passed on: it may quote the text, which may hold a secret.
            Some("json") => serde_json::from_str(&text).ok(),
            Some("toml") => toml::from_str(&text).ok(),
            _ => None,
        };
        return parsed.ok_or_else(|| Error::Variable {
            name: argument.to_owned(),
            reason: "must be a .json or .toml file that maps names to strings".into(),
        });
    }
    let (name, value) = argument.split_once('=').ok_or_else(|| Error::Variable {
        name: argument.to_owned(),
        reason: "write `name=value`, `name=@file`, `@file.json` or `@file.toml`".into(),
    })?;
    let value = match value.strip_prefix('@') {
        Some(path) => read(name, path)?,
        None => value.to_owned(),
    };
    Ok(BTreeMap::from([(name.to_owned(), value)]))
}

/// Names are lower-case letters, digits and single underscores between them, starting with a letter.
fn check_name(name: &str) -> Result<(), String> {
    let reason = if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        "must start with a lower-case letter"
    } else if !name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        "may hold only lower-case letters, digits and underscores"
    } else if name.ends_with('_') || name.contains("__") {
        "may hold only single underscores between other characters"
    } else {
        return Ok(());
    };
    Err(format!("{name:?} {reason}"))
}

impl bindings::Host for State {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<String, bindings::Error>> {
        Ok(self
            .component
            .variables
            .get(&name)
            .map_err(|missing| match missing {
                Missing::InvalidName(reason) => bindings::Error::InvalidName(reason),
                Missing::Undefined(reason) => bindings::Error::Undefined(reason),
            }))
    }
}

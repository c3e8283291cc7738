//! `spin.toml`, manifest version 2: what of it this runtime acts on, and a clear refusal of the rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Error;

/// A parsed and checked manifest.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) application: Application,
    pub(crate) variables: BTreeMap<String, Variable>,
    pub(crate) http: Vec<HttpTrigger>,
    pub(crate) cron: Vec<CronTrigger>,
    pub(crate) components: BTreeMap<String, Component>,
}

#[derive(Debug, Deserialize)]
struct Document {
    spin_manifest_version: toml::Value,
    application: Application,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    trigger: BTreeMap<String, Vec<toml::Value>>,
    #[serde(default)]
    component: BTreeMap<String, Component>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    #[serde(default)]
    trigger: BTreeMap<String, toml::Table>,
}

/// One entry of `[variables]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    #[serde(default)]
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    /// Values never appear in messages or logs of this runtime, so that a secret needs no treatment of its own.
    #[serde(default, rename = "secret")]
    _secret: bool,
    #[serde(rename = "description")]
    _description: Option<String>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpTrigger {
    pub(crate) route: Route,
    pub(crate) component: Option<String>,
    pub(crate) static_response: Option<StaticResponse>,
    executor: Option<Executor>,
    #[serde(rename = "id")]
    _id: Option<String>,
}

/// The `route` of an HTTP trigger.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Route {
    Public(String),
    Private { private: bool },
}

/// An answer that needs no component.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaticResponse {
    pub(crate) status_code: Option<u16>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Executor {
    r#type: String,
}

/// One `[[trigger.cron]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CronTrigger {
    pub(crate) component: String,
    /// Six fields: second, minute, hour, day of month, month, day of week; in UTC.
    pub(crate) cron_expression: String,
    #[serde(rename = "id")]
    _id: Option<String>,
}

/// One `[component.<id>]`.
#[derive(Debug, Deserialize)]
pub(crate) struct Component {
    source: toml::Value,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    pub(crate) sqlite_databases: Vec<String>,
    #[serde(default)]
    files: Vec<toml::Value>,
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

impl Manifest {
    /// Reads and checks a manifest file.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let invalid = |reason: String| Error::Manifest {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| invalid(format!("cannot be read: {error}")))?;
        let document = toml::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        Self::check(document).map_err(invalid)
    }

    fn check(document: Document) -> Result<Self, String> {
        if document.spin_manifest_version.as_integer() != Some(2) {
            return Err("only `spin_manifest_version = 2` is supported".into());
        }
        let mut manifest = Self {
            application: document.application,
            variables: document.variables,
            http: Vec::new(),
            cron: Vec::new(),
            components: document.component,
        };
        for (kind, triggers) in document.trigger {
            for trigger in triggers {
                let invalid =
                    |error: toml::de::Error| format!("[[trigger.{kind}]]: {}", error.message());
                match kind.as_str() {
                    "http" => manifest.http.push(trigger.try_into().map_err(invalid)?),
                    "cron" => manifest.cron.push(trigger.try_into().map_err(invalid)?),
                    _ => return Err(format!("trigger type `{kind}` is not supported")),
                }
            }
        }
        manifest.check_base()?;
        manifest.http.iter().try_for_each(HttpTrigger::check)?;
        manifest.check_references()?;
        for (id, component) in &manifest.components {
            component
                .check()
                .map_err(|reason| format!("component `{id}`: {reason}"))?;
        }
        Ok(manifest)
    }

    fn check_base(&self) -> Result<(), String> {
        let base = self.application.trigger.get("http");
        match base.and_then(|http| http.get("base")) {
            Some(base) if base.as_str() != Some("/") => {
                Err("the trigger's `base` is no longer supported; put it before each route".into())
            }
            _ => Ok(()),
        }
    }

    fn check_references(&self) -> Result<(), String> {
        let http = self
            .http
            .iter()
            .filter_map(|trigger| trigger.component.as_ref());
        let cron = self.cron.iter().map(|trigger| &trigger.component);
        match http
            .chain(cron)
            .find(|id| !self.components.contains_key(*id))
        {
            Some(id) => Err(format!(
                "a trigger names component `{id}`, which is not defined"
            )),
            None => Ok(()),
        }
    }
}

impl HttpTrigger {
    fn check(&self) -> Result<(), String> {
        let place = match &self.route {
            Route::Public(route) => format!("route `{route}`"),
            Route::Private { private: true } => "private route".to_owned(),
            Route::Private { private: false } => {
                return Err("a route must be a pattern or `{ private = true }`".into());
            }
        };
        if self.component.is_some() == self.static_response.is_some() {
            return Err(format!(
                "{place}: needs either `component` or `static_response`"
            ));
        }
        match &self.executor {
            Some(executor) if !matches!(executor.r#type.as_str(), "http" | "spin") => Err(format!(
                "{place}: executor `{}` is not supported",
                executor.r#type
            )),
            _ => Ok(()),
        }
    }
}

impl Component {
    fn check(&self) -> Result<(), String> {
        if !self.source.is_str() {
            return Err("`source` must be a file; a registry or URL is not supported".into());
        }
        if !self.files.is_empty() {
            return Err("`files` is not supported".into());
        }
        if !self.dependencies.is_empty() {
            return Err("`dependencies` is not supported".into());
        }
        match self.sqlite_databases.iter().find(|name| *name != "default") {
            Some(name) => Err(format!(
                "SQLite database `{name}` is not configured; there is `default` only"
            )),
            None => Ok(()),
        }
    }

    /// The wasm file, whose path in the manifest is relative to the manifest's folder.
    pub(crate) fn file(&self, folder: &Path) -> PathBuf {
        folder.join(self.source.as_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, String> {
        let head = "spin_manifest_version = 2\n[application]\nname = \"app\"\n";
        Manifest::check(toml::from_str(&format!("{head}{text}")).unwrap())
    }

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        let component = "[component.a]\nsource = \"a.wasm\"\n";
        let manifest = parse(&format!(
            "[[trigger.http]]\nroute = {{ private = true }}\ncomponent = \"a\"\n\
             [[trigger.http]]\nroute = \"/\"\nstatic_response = {{ body = \"hi\" }}\n\
             [[trigger.cron]]\ncron_expression = \"* * * * * *\"\ncomponent = \"a\"\n\
             {component}build = {{ command = \"cargo build\" }}\n"
        ))
        .unwrap();
        assert_eq!((manifest.http.len(), manifest.cron.len()), (2, 1));
        assert_eq!(
            manifest.components["a"].file(Path::new("/app")),
            Path::new("/app/a.wasm")
        );

        for (text, expected) in [
            (
                "[[trigger.http]]\nroute = \"/\"\ncomponent = \"b\"\n",
                "`b`, which is not defined",
            ),
            (
                "[[trigger.http]]\nroute = { private = false }\ncomponent = \"a\"\n",
                "private = true",
            ),
            (
                "[[trigger.http]]\nroute = \"/\"\n",
                "needs either `component` or",
            ),
            (
                "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\nexecutor = { type = \"wagi\" }\n",
                "`wagi`",
            ),
            (
                "[[trigger.redis]]\nchannel = \"c\"\ncomponent = \"a\"\n",
                "type `redis`",
            ),
            ("[application.trigger.http]\nbase = \"/api\"\n", "`base`"),
            (
                "[component.b]\nsource = { url = \"https://example.com/b.wasm\", digest = \"d\" }\n",
                "`b`: `source`",
            ),
            (
                "[component.b]\nsource = \"b.wasm\"\nfiles = [\"x\"]\n",
                "`files`",
            ),
            (
                "[component.b]\nsource = \"b.wasm\"\nsqlite_databases = [\"other\"]\n",
                "database `other`",
            ),
        ] {
            let refusal = parse(&format!("{text}{component}")).unwrap_err();
            assert!(refusal.contains(expected), "{refusal}");
        }
    }
}

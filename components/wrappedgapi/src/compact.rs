//! Makes a compact document of one of Google's discovery documents, whose form is described at
//! <https://developers.google.com/discovery/v1/reference/apis>.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::document::{Api, Method, Parameter};

/// No compact document is larger, in bytes. The largest of Google's, of the Compute Engine, has 1.2 MB.
const TEXT_BYTES: usize = 2 << 20;
/// Resources are nested less deeply.
const DEPTH: usize = 16;

/// Why a discovery document cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Unusable(pub String);

/// The compact form of a discovery document, which is JSON.
///
/// # Errors
/// If it is not a discovery document, or not one that can be used.
pub fn compact(discovery: &[u8]) -> Result<String, Unusable> {
    let discovery: Discovery =
        serde_json::from_slice(discovery).map_err(|error| Unusable(error.to_string()))?;
    let scopes: Vec<String> = discovery.auth.oauth2.scopes.into_keys().collect();
    let mut writer = Writer {
        scopes: &scopes,
        methods: BTreeMap::new(),
        bodies: BTreeSet::new(),
    };
    writer.resource(&discovery.root, "", 0)?;
    let Writer {
        methods, bodies, ..
    } = writer;

    let api = Api {
        name: discovery.name,
        version: discovery.version,
        root: discovery.root_url,
        service_path: discovery.service_path,
        parameters: parameters(&discovery.parameters, ""),
        scopes,
    };
    let mut text = line("", &api);
    for (name, method) in &methods {
        text += &line(name, method);
    }
    for body in bodies {
        if let Some(schema) = discovery.schemas.get(&body) {
            let names: Vec<&String> = schema.properties.keys().collect();
            text += &line(&format!("#{body}"), &names);
        }
    }
    if text.len() > TEXT_BYTES {
        return Err(Unusable(format!("it is larger than {TEXT_BYTES} bytes")));
    }
    Ok(text)
}

fn line(key: &str, value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    let space = if key.is_empty() { "" } else { " " };
    format!("{key}{space}{json}\n")
}

struct Writer<'a> {
    scopes: &'a [String],
    methods: BTreeMap<String, Method>,
    /// The schemas of request bodies.
    bodies: BTreeSet<String>,
}

impl Writer<'_> {
    fn resource(&mut self, resource: &Resource, path: &str, depth: usize) -> Result<(), Unusable> {
        if depth > DEPTH {
            return Err(Unusable("its resources are nested too deeply".to_owned()));
        }
        for (name, method) in &resource.methods {
            let name = format!("{path}{name}");
            // A name stands before a space, at the beginning of a line.
            if name.contains(char::is_whitespace) || name.starts_with('#') {
                return Err(Unusable(format!("{name:?} is not a method's name")));
            }
            let method = self.method(method);
            self.methods.insert(name, method);
        }
        for (name, inner) in &resource.resources {
            self.resource(inner, &format!("{path}{name}."), depth + 1)?;
        }
        Ok(())
    }

    fn method(&mut self, method: &RestMethod) -> Method {
        let body = method
            .request
            .as_ref()
            .map(|request| request.schema.clone());
        self.bodies.extend(body.clone());
        let scopes = method.scopes.iter();
        Method {
            verb: method.http_method.clone(),
            path: method.path.clone(),
            parameters: parameters(&method.parameters, &method.path),
            body,
            scopes: scopes
                .filter_map(|scope| self.scopes.iter().position(|other| other == scope))
                .collect(),
            upload: method
                .media_upload
                .as_ref()
                .map(|media| media.protocols.simple.path.clone()),
        }
    }
}

fn parameters(all: &BTreeMap<String, RestParameter>, path: &str) -> BTreeMap<String, Parameter> {
    let short = |name: &String, rest: &RestParameter| Parameter {
        path: rest.location == "path",
        kind: Some(rest.kind.clone())
            .filter(|kind| matches!(kind.as_str(), "boolean" | "integer" | "number")),
        repeated: rest.repeated,
        required: rest.required,
        values: rest.values.clone(),
        pattern: rest
            .pattern
            .clone()
            .filter(|_| path.contains(&format!("{{+{name}}}"))),
    };
    all.iter()
        .map(|(name, rest)| (name.clone(), short(name, rest)))
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Discovery {
    name: String,
    version: String,
    root_url: String,
    #[serde(default)]
    service_path: String,
    #[serde(default)]
    auth: Auth,
    #[serde(default)]
    parameters: BTreeMap<String, RestParameter>,
    #[serde(default)]
    schemas: BTreeMap<String, Schema>,
    /// The document itself has methods and resources as a resource has.
    #[serde(flatten)]
    root: Resource,
}

#[derive(Deserialize, Default)]
struct Auth {
    #[serde(default)]
    oauth2: Oauth2,
}

#[derive(Deserialize, Default)]
struct Oauth2 {
    #[serde(default)]
    scopes: BTreeMap<String, serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    methods: BTreeMap<String, RestMethod>,
    #[serde(default)]
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RestMethod {
    http_method: String,
    path: String,
    #[serde(default)]
    parameters: BTreeMap<String, RestParameter>,
    request: Option<Request>,
    #[serde(default)]
    scopes: Vec<String>,
    media_upload: Option<MediaUpload>,
}

#[derive(Deserialize)]
struct RestParameter {
    #[serde(default)]
    location: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    repeated: bool,
    #[serde(default)]
    required: bool,
    #[serde(rename = "enum", default)]
    values: Vec<String>,
    pattern: Option<String>,
}

#[derive(Deserialize)]
struct Request {
    #[serde(rename = "$ref", default)]
    schema: String,
}

#[derive(Deserialize)]
struct MediaUpload {
    protocols: Protocols,
}

#[derive(Deserialize)]
struct Protocols {
    simple: Simple,
}

#[derive(Deserialize)]
struct Simple {
    path: String,
}

#[derive(Deserialize)]
struct Schema {
    #[serde(default)]
    properties: BTreeMap<String, serde::de::IgnoredAny>,
}

//! The first argument of a call: what goes into the path, the query and the body.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

use crate::document::{Api, Document, Method, Parameter};
use crate::media::Media;
use crate::request::takes_request_id;
use crate::{nearest, template};

/// Credentials are the operator's: tasks do not give their own, and none may stand in a URL.
const CREDENTIALS: [&str; 5] = ["access_token", "auth", "bearer_token", "key", "oauth_token"];

/// Whether a parameter carries a credential.
pub(crate) fn is_credential(name: &str) -> bool {
    CREDENTIALS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name.trim()))
}

/// The parameters of a call, each in its place.
#[derive(Debug, Default)]
pub(crate) struct Params {
    /// The values of the path's template.
    pub(crate) path: BTreeMap<String, String>,
    /// In the order in which they were given.
    pub(crate) query: Vec<(String, String)>,
    /// The request's body: any JSON.
    pub(crate) body: Option<Value>,
    /// What is uploaded.
    pub(crate) media: Option<Media>,
}

impl Params {
    /// Sorts the parameters of a call of `label`, which has this description in `document`.
    ///
    /// As in the official clients, the body is `requestBody` or `resource`, and `media` is uploaded. A
    /// name that is no parameter but stands at the top of the body's schema goes into the body, if no
    /// body is given as a whole.
    ///
    /// # Errors
    /// `invalid_arguments`, which says what is wrong and what comes nearest.
    pub(crate) fn sort(
        label: &str,
        (document, api, method): (&Document, &Api, &Method),
        mut given: Map<String, Value>,
    ) -> Result<Self, ServiceError> {
        let mut params = Self {
            media: match given.shift_remove("media") {
                None | Some(Value::Null) => None,
                Some(media) => Some(Media::read(label, media)?),
            },
            body: body(&mut given, method),
            ..Self::default()
        };
        let whole_body = params.body.is_some();
        let fields = match &method.body {
            Some(schema) => document.properties(schema),
            None => Vec::new(),
        };
        let known = |name: &str| {
            let own = method.parameters.get(name);
            own.or_else(|| api.parameters.get(name))
        };
        let mut implicit = Map::new();

        for (name, value) in given {
            let plain = name.strip_suffix('_').unwrap_or(&name);
            let found = known(&name)
                .map(|parameter| (name.as_str(), parameter))
                .or_else(|| known(plain).map(|parameter| (plain, parameter)));
            match found {
                _ if is_credential(plain) => {
                    return Err(invalid(format!(
                        "`{label}`: `{name}` cannot be given: the service has the operator's credentials"
                    )));
                }
                Some(_) if value.is_null() => {}
                Some((name, parameter)) => params.add(label, name, parameter, value)?,
                None if fields.contains(&name) && !whole_body => {
                    implicit.insert(name, value);
                }
                None => {
                    let names = method.parameters.keys().chain(api.parameters.keys());
                    let names = names.chain(&fields).map(String::as_str);
                    return Err(unknown(label, &name, names.collect()));
                }
            }
        }
        if !implicit.is_empty() {
            params.body = Some(Value::Object(implicit));
        }
        params.check(label, method)?;
        Ok(params)
    }

    fn add(
        &mut self,
        label: &str,
        name: &str,
        parameter: &Parameter,
        value: Value,
    ) -> Result<(), ServiceError> {
        let wrong = |reason: String| invalid(format!("`{label}`: `{name}` {reason}"));
        let values = match value {
            Value::Array(items) if parameter.repeated => items,
            Value::Array(_) => return Err(wrong("takes one value, not a list".to_owned())),
            one => vec![one],
        };
        for value in values {
            let text = text(parameter, value).map_err(&wrong)?;
            if parameter.path {
                check_path(parameter, &text).map_err(&wrong)?;
                self.path.insert(name.to_owned(), text);
            } else {
                self.query.push((name.to_owned(), text));
            }
        }
        Ok(())
    }

    fn check(&self, label: &str, method: &Method) -> Result<(), ServiceError> {
        let missing = method.parameters.iter().find(|(name, parameter)| {
            let given = if parameter.path {
                self.path.contains_key(*name)
            } else {
                self.query.iter().any(|(given, _)| given == *name)
            };
            let made = *name == "requestId" && takes_request_id(method);
            parameter.required && !given && !made
        });
        if let Some((name, _)) = missing {
            return Err(invalid(format!("`{label}` needs the parameter `{name}`")));
        }
        if self.body.is_some() && method.body.is_none() {
            return Err(invalid(format!("`{label}` takes no request body")));
        }
        if self.media.is_some() && method.upload.is_none() {
            return Err(invalid(format!("`{label}` takes no `media`")));
        }
        Ok(())
    }
}

/// Takes the body out of the parameters. `resource` is its older name, unless the method has a
/// parameter of that name and a text for it.
fn body(given: &mut Map<String, Value>, method: &Method) -> Option<Value> {
    let body = given
        .shift_remove("requestBody")
        .filter(|body| !body.is_null());
    let is_parameter = given.get("resource").is_some_and(Value::is_string)
        && method.parameters.contains_key("resource");
    if body.is_some() || is_parameter {
        return body;
    }
    given
        .shift_remove("resource")
        .filter(|body| !body.is_null())
}

/// A value as it stands in a URL.
fn text(parameter: &Parameter, value: Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => return Err("has no value".to_owned()),
        Value::Array(_) | Value::Object(_) => {
            return Err("must be a string, a number or a boolean".to_owned());
        }
    };
    let fits = match parameter.kind.as_deref() {
        Some("boolean") => matches!(text.as_str(), "true" | "false"),
        Some("integer") => text.parse::<i64>().is_ok(),
        Some("number") => text.parse::<f64>().is_ok(),
        _ => true,
    };
    if !fits {
        let kind = parameter.kind.as_deref().unwrap_or_default();
        return Err(format!("must be of type {kind}, not {}", short(&text)));
    }
    if !parameter.values.is_empty() && !parameter.values.contains(&text) {
        let values = parameter.values.iter().map(String::as_str);
        let hint = nearest::hint(&text, values)
            .unwrap_or_else(|| format!("it may be: {}", parameter.values.join(", ")));
        return Err(format!("cannot be {}; {hint}", short(&text)));
    }
    Ok(text)
}

/// A path's value must not lead to another method than the one that was called.
fn check_path(parameter: &Parameter, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if template::has_dot_segment(text) {
        return Err("has a segment `.` or `..`".to_owned());
    }
    if let Some(pattern) = &parameter.pattern {
        let whole = regex_lite::RegexBuilder::new(&format!("^(?:{pattern})$"))
            .size_limit(1 << 20)
            .build()
            .map_err(|_| format!("has a pattern that cannot be checked: `{pattern}`"))?;
        if !whole.is_match(text) {
            return Err(format!("must look like `{pattern}`, not {}", short(text)));
        }
    }
    Ok(())
}

fn unknown(label: &str, name: &str, known: Vec<&str>) -> ServiceError {
    let hint = nearest::hint(name, known.iter().copied())
        .unwrap_or_else(|| format!("there are: {}", known.join(", ")));
    invalid(format!(
        "`{label}` has no parameter {}; {hint}",
        short(name)
    ))
}

/// A text that came from outside, quoted and cut for a message.
fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

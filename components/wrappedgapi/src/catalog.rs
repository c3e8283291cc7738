//! The documents of APIs: packed with the component, or fetched from Google's discovery service and
//! kept for a day.

use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::Host;
use tasker_service::http::{Request, Response};
use tasker_service::refused;

use crate::base::Base;
use crate::compact::{Unusable, compact};
use crate::document::Document;
use crate::name::Name;
use crate::{error, nearest};

/// The packed documents, each of its API's preferred version. `scripts/discovery` makes them.
pub(crate) const PACKED: &[(&str, &str, &str)] = &[
    packed(
        "admin",
        "directory_v1",
        include_str!("../discovery/admin.directory_v1.txt"),
    ),
    packed(
        "calendar",
        "v3",
        include_str!("../discovery/calendar.v3.txt"),
    ),
    packed("docs", "v1", include_str!("../discovery/docs.v1.txt")),
    packed("drive", "v3", include_str!("../discovery/drive.v3.txt")),
    packed("gmail", "v1", include_str!("../discovery/gmail.v1.txt")),
    packed("people", "v1", include_str!("../discovery/people.v1.txt")),
    packed("sheets", "v4", include_str!("../discovery/sheets.v4.txt")),
    packed("tasks", "v1", include_str!("../discovery/tasks.v1.txt")),
];

/// How long a fetched document serves, in milliseconds.
const FRESH_MS: i64 = 24 * 60 * 60 * 1000;

const fn packed(
    api: &'static str,
    version: &'static str,
    text: &'static str,
) -> (&'static str, &'static str, &'static str) {
    (api, version, text)
}

/// The document of the API and version that `name` asks for.
///
/// # Errors
/// `unknown_method` if there is no such API; those of the upstream.
pub(crate) async fn document(
    host: &impl Host,
    base: &Base,
    name: &Name,
) -> Result<Document, ServiceError> {
    let found = PACKED.iter().find(|(api, version, _)| {
        *api == name.api
            && name
                .version
                .as_deref()
                .is_none_or(|asked| asked == *version)
    });
    if let Some((_, _, text)) = found {
        return Ok(Document::new(*text));
    }
    let version = name.version.as_deref().unwrap_or_default();
    let key = format!("discovery:{}:{version}", name.api);
    let value = host
        .shared(&key, async || {
            let text = fetch(host, base, name).await?;
            Ok((json!(text), host.now_ms() + FRESH_MS))
        })
        .await?;
    match value {
        Value::String(text) => Ok(Document::new(text)),
        _ => Err(unusable(name, &Unusable("it was not kept well".to_owned()))),
    }
}

async fn fetch(host: &impl Host, base: &Base, name: &Name) -> Result<String, ServiceError> {
    let version = match &name.version {
        Some(version) => version.clone(),
        None => preferred(host, base, &name.api).await?,
    };
    let service = base.root("https://www.googleapis.com/")?;
    let url = format!("{service}discovery/v1/apis/{}/{version}/rest", name.api);
    let mut response = host.send(Request::new("GET", url)).await?;
    if response.status == 404 {
        // The discovery service does not know every API; each of them knows itself.
        let own = base.root(&format!(
            "https://{}.googleapis.com/",
            name.api.replace('_', "-")
        ))?;
        let url = format!("{own}$discovery/rest?version={version}");
        response = host.send(Request::new("GET", url)).await?;
    }
    if response.status == 404 {
        return Err(unknown_api(name, Some(&version)));
    }
    let response = succeeded(host, response)?;
    let text = compact(&response.body).map_err(|reason| unusable(name, &reason))?;
    // The document of another API must not stand under this one's name.
    match Document::new(text.clone()).api() {
        Ok(api) if api.name == name.api => Ok(text),
        _ => Err(unusable(name, &Unusable("it is of another API".to_owned()))),
    }
}

async fn preferred(host: &impl Host, base: &Base, api: &str) -> Result<String, ServiceError> {
    let service = base.root("https://www.googleapis.com/")?;
    let url = format!("{service}discovery/v1/apis?name={api}&preferred=true");
    let response = succeeded(host, host.send(Request::new("GET", url)).await?)?;
    let directory: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let version = directory["items"][0]["version"].as_str();
    let usable = |version: &&str| {
        version.len() <= 100
            && version
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    match version.filter(usable) {
        Some(version) => Ok(version.to_owned()),
        None => {
            let name = Name {
                api: api.to_owned(),
                version: None,
                method: String::new(),
            };
            Err(unknown_api(&name, None))
        }
    }
}

fn succeeded(host: &impl Host, response: Response) -> Result<Response, ServiceError> {
    if response.is_ok() {
        Ok(response)
    } else {
        Err(error::failed(&response, host.now_ms()))
    }
}

fn unknown_api(name: &Name, version: Option<&str>) -> ServiceError {
    let packed: Vec<&str> = PACKED.iter().map(|(api, ..)| *api).collect();
    let same = PACKED.iter().find(|(api, ..)| *api == name.api);
    let hint = match same {
        Some((_, version, _)) => format!("there is {version:?}"),
        None => nearest::hint(&name.api, packed.iter().copied())
            .unwrap_or_else(|| format!("there are: {}, and others", packed.join(", "))),
    };
    let of = version.map_or_else(String::new, |version| format!(" in version {version:?}"));
    refused(
        ErrorCode::UnknownMethod,
        format!("Google has no API `{}`{of}; {hint}", name.api),
    )
}

fn unusable(name: &Name, reason: &Unusable) -> ServiceError {
    refused(
        ErrorCode::UpstreamInvalid,
        format!(
            "the discovery document of `{}` cannot be used: {}",
            name.api, reason.0
        ),
    )
}

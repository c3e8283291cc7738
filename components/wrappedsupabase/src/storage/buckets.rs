//! `storage.<method>`: the buckets.

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use url::form_urlencoded::Serializer;

use super::Call;
use crate::chain::Step;
use crate::js;
use crate::outgoing::Outgoing;
use crate::project::segment;

/// The names of all methods.
pub(super) const NAMES: &[&str] = &[
    "from",
    "listBuckets",
    "getBucket",
    "createBucket",
    "updateBucket",
    "emptyBucket",
    "deleteBucket",
    "purgeBucketCache",
];

/// Reads a call.
pub(super) fn read(step: &Step) -> Result<Call, ServiceError> {
    let id = || segment(step.text(0, "the bucket")?, "the name of a bucket");
    let request = match step.name.as_str() {
        "listBuckets" => Outgoing::new("GET", format!("/bucket{}", list_query(step.arg(0)))),
        "getBucket" => Outgoing::new("GET", format!("/bucket/{}", id()?)),
        "createBucket" => {
            let mut body = bucket(step);
            let members = ["type", "public", "fileSizeLimit", "allowedMimeTypes"];
            if step.arg(1).is_none() {
                body.insert("public".to_owned(), Value::Bool(false));
            }
            settings(&mut body, step, &members);
            with_json(Outgoing::new("POST", "/bucket".to_owned()), body)?
        }
        "updateBucket" => {
            let mut body = bucket(step);
            settings(
                &mut body,
                step,
                &["public", "fileSizeLimit", "allowedMimeTypes"],
            );
            with_json(Outgoing::new("PUT", format!("/bucket/{}", id()?)), body)?
        }
        "emptyBucket" => {
            let path = format!("/bucket/{}/empty", id()?);
            with_json(Outgoing::new("POST", path).repeatable(), Map::new())?
        }
        "deleteBucket" => {
            let path = format!("/bucket/{}", id()?);
            with_json(Outgoing::new("DELETE", path), Map::new())?
        }
        "purgeBucketCache" => {
            let path = format!("/cdn/{}{}", id()?, purge_query(step));
            with_json(Outgoing::new("DELETE", path), Map::new())?
        }
        _ => return Err(step.unknown(NAMES)),
    };
    Ok(Call::plain(request))
}

pub(super) fn with_json(
    request: Outgoing,
    body: Map<String, Value>,
) -> Result<Outgoing, ServiceError> {
    request.with_json("application/json", js::json(&Value::Object(body)))
}

/// The query of a purge.
pub(super) fn purge_query(step: &Step) -> &'static str {
    if js::truthy(step.option(1, "transformations")) {
        "?transformations=true"
    } else {
        ""
    }
}

fn bucket(step: &Step) -> Map<String, Value> {
    let mut body = Map::new();
    for name in ["id", "name"] {
        if let Some(id) = step.arg(0) {
            body.insert(name.to_owned(), id.clone());
        }
    }
    body
}

fn settings(body: &mut Map<String, Value>, step: &Step, members: &[&str]) {
    for member in members {
        if let Some(value) = step.option(1, member) {
            let name = match *member {
                "fileSizeLimit" => "file_size_limit",
                "allowedMimeTypes" => "allowed_mime_types",
                other => other,
            };
            body.insert(name.to_owned(), value.clone());
        }
    }
}

fn list_query(options: Option<&Value>) -> String {
    let mut query = Serializer::new(String::new());
    let mut some = false;
    for name in ["limit", "offset", "search", "sortColumn", "sortOrder"] {
        let value = options.and_then(|options| options.get(name));
        let always = matches!(name, "limit" | "offset");
        if value.is_some() && (always || js::truthy(value)) {
            query.append_pair(name, &js::text(value));
            some = true;
        }
    }
    if some {
        format!("?{}", query.finish())
    } else {
        String::new()
    }
}

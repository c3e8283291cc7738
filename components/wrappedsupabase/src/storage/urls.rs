//! URLs of files, and the queries in them.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::files::full_path;
use crate::chain::Step;
use crate::js;

/// Whether to transform an image on the way.
pub(super) fn transforms(transform: Option<&Value>) -> bool {
    transform
        .and_then(Value::as_object)
        .is_some_and(|transform| !transform.is_empty())
}

/// The query that the options in argument `at` make, with those of their members that `takes` has.
pub(super) fn query(step: &Step, at: usize, takes: &[&str]) -> String {
    let mut query = Serializer::new(String::new());
    let download = step.option(at, "download");
    if takes.contains(&"download") && js::truthy(download) {
        let name = match download {
            Some(Value::Bool(true)) => String::new(),
            name => js::text(name),
        };
        query.append_pair("download", &name);
    }
    if takes.contains(&"transform") {
        let transform = step.option(at, "transform");
        for name in ["width", "height", "resize", "format", "quality"] {
            let value = transform.and_then(|transform| transform.get(name));
            if js::truthy(value) {
                query.append_pair(name, &js::text(value));
            }
        }
    }
    for name in ["cacheNonce", "versionId"] {
        let value = step.option(at, name).filter(|value| !value.is_null());
        if takes.contains(&name) && value.is_some() {
            query.append_pair(name, &js::text(value));
        }
    }
    query.finish()
}

/// The answer of `getPublicUrl`, for which no request is made.
pub(super) fn public(storage: &str, bucket: &str, step: &Step) -> tasker_service::Result {
    let kind = if transforms(step.option(1, "transform")) {
        "render/image"
    } else {
        "object"
    };
    let mut url = js::encode_uri(&format!(
        "{storage}/{kind}/public/{}",
        full_path(step, bucket)?
    ));
    let query = query(
        step,
        1,
        &["download", "transform", "cacheNonce", "versionId"],
    );
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query);
    }
    Ok(json!({"data": {"publicUrl": url}}).to_string())
}

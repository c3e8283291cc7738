//! By which names a policy knows a call by path.
//!
//! `tools.openai.delete("/files/file-1")` is `files.delete`, however its path is written. What an upstream might take for a
//! method although we do not, such as a path with more in front, can be denied by that method's name, too.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use tasker_domain::wire::ServiceError;

use crate::endpoint::Endpoint;
use crate::path;
use crate::table::ENDPOINTS;

/// What a path may stand for.
pub(crate) struct Called {
    /// The method that it is; `None`: one that the client does not have.
    pub(crate) method: Option<&'static str>,
    /// All names by which it may be denied.
    pub(crate) names: Vec<String>,
}

/// What the arguments of a verb call.
///
/// # Errors
/// `invalid_arguments`
pub(crate) fn by_path(verb: &str, args: &str) -> Result<Called, ServiceError> {
    let args: Vec<Value> = serde_json::from_str(args).unwrap_or_default();
    // Without a path nothing is sent.
    let written = args.first().and_then(Value::as_str).unwrap_or("/");
    let (path, _) = path::written(written)?;
    let segments: Vec<String> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let mut names = vec![verb.to_owned()];
    names.push(format!("{}.{verb}", segments.join(".")));
    let versioned = segments.first().is_some_and(|first| is_version(first));
    let method = methods(verb, &segments[usize::from(versioned)..])
        .first()
        .copied();
    for from in 0..segments.len() {
        names.extend(
            methods(verb, &segments[from..])
                .into_iter()
                .map(str::to_owned),
        );
    }
    Ok(Called { method, names })
}

/// Whether a segment is a version such as `v1`, which a base URL may leave to the path.
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix(['v', 'V']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The methods that a verb and a path are, those first whose paths say most.
fn methods(verb: &str, segments: &[String]) -> Vec<&'static str> {
    let mut found: Vec<&Endpoint> = ENDPOINTS
        .iter()
        .filter(|endpoint| {
            endpoint.verb.eq_ignore_ascii_case(verb) && fits(endpoint.path, segments)
        })
        .collect();
    found.sort_by_key(|endpoint| endpoint.path.matches('{').count());
    found.iter().map(|endpoint| endpoint.name).collect()
}

/// Whether a path fits a template. Some servers do not care about case.
fn fits(template: &str, segments: &[String]) -> bool {
    let mut parts = template.split('/').skip(1);
    segments.iter().all(|segment| {
        parts
            .next()
            .is_some_and(|part| part.starts_with('{') || part.eq_ignore_ascii_case(segment))
    }) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(verb: &str, path: &str) -> Called {
        by_path(verb, &serde_json::json!([path]).to_string()).unwrap()
    }

    #[test]
    fn a_path_is_the_method_that_it_reaches() {
        for (verb, path, method) in [
            ("delete", "/files/file-1", Some("files.delete")),
            (
                "delete",
                "//files//file-1/?x=/models/m",
                Some("files.delete"),
            ),
            ("delete", "/%66iles/file%2D1", Some("files.delete")),
            ("delete", "/FILES/file-1", Some("files.delete")),
            ("delete", "/v1/files/file-1", Some("files.delete")),
            ("get", "/files/file-1", Some("files.retrieve")),
            ("get", "/files/file-1/content", Some("files.content")),
            ("get", "/models", Some("models.list")),
            ("post", "/videos/edits", Some("videos.edit")),
            ("post", "/chat/completions", Some("chat.completions.create")),
            ("delete", "/assistants/a", None),
            ("delete", "/organization/files/f", None),
            ("patch", "/files/file-1", None),
        ] {
            assert_eq!(called(verb, path).method, method, "{verb} {path}");
        }
        assert!(by_path("get", "[\"/files%2Ff\"]").is_err());
        assert!(by_path("get", "no JSON").unwrap().method.is_none());
    }

    #[test]
    fn what_an_upstream_might_take_it_for_can_be_denied() {
        let names = called("delete", "/organization/files/f").names;
        for name in ["delete", "organization.files.f.delete", "files.delete"] {
            assert!(names.iter().any(|known| known == name), "{names:?}");
        }
        let names = called("post", "/chat/completions").names;
        assert!(names.iter().any(|known| known == "chat.completions.stream"));
    }
}

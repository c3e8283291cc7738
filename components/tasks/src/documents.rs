//! What is checked in must say what the code does.

mod calls;

use std::collections::BTreeSet;
use std::path::Path;

use tasker_domain::ErrorCode;

use crate::endpoint::Registered;
use crate::endpoints::{ENDPOINTS, FILES};
use crate::openapi::document;

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// A file that is not in the list of endpoints would not even be compiled.
#[test]
fn every_endpoint_is_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/endpoints");
    let entries = std::fs::read_dir(folder).unwrap();
    let files: BTreeSet<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed = FILES.iter().map(|file| format!("{file}.rs")).collect();
    assert_eq!(files, listed);
}

/// `UPDATE=1 cargo test -p tasks` writes the document anew.
#[test]
fn the_openapi_document_is_up_to_date() {
    let path = docs().join("openapi.json");
    let fresh = document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "docs/openapi.json has drifted; write it anew with UPDATE=1 cargo test -p tasks"
    );

    let document: serde_json::Value = serde_json::from_str(&fresh).unwrap();
    let mut ids = BTreeSet::new();
    for (route, path) in places() {
        let operation = &document["paths"][path][route.method.as_str().to_lowercase()];
        let id = operation["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{} {path}", route.method));
        assert!(ids.insert(id.to_owned()), "{id} stands twice");
        assert_eq!(
            operation.get("security").is_none(),
            route.needs.no_key(),
            "{id}"
        );
    }
    for reference in references(&document) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

/// Each endpoint at each of its paths.
fn places() -> impl Iterator<Item = (&'static Registered, &'static str)> {
    let endpoints = ENDPOINTS.iter();
    endpoints.flat_map(|endpoint| endpoint.paths().map(move |path| (endpoint, path)))
}

fn references(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| match member.as_str() {
                Some(target) if name == "$ref" => vec![target.to_owned()],
                _ => references(member),
            })
            .collect(),
        serde_json::Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_pages_list_every_code_and_route() {
    let index = std::fs::read_to_string(docs().join("errors/README.md")).unwrap();
    for code in ErrorCode::ALL {
        let row = index
            .lines()
            .find(|line| line.starts_with(&format!("| [`{code}`]({code}.md)")));
        let row = row.unwrap_or_else(|| panic!("{code} is not in docs/errors/README.md"));
        assert!(row.contains(code.title()), "{row}");
        let status = code.http_status();
        assert!(status == 0 || row.contains(&status.to_string()), "{row}");
        let page = std::fs::read_to_string(docs().join(format!("errors/{code}.md"))).unwrap();
        assert!(
            status == 0 || page.contains(&format!("HTTP status {status}")),
            "{code}"
        );
    }
    let api = std::fs::read_to_string(docs().join("api.md")).unwrap();
    for (route, path) in places() {
        let place = format!("{} {path}", route.method);
        assert!(api.contains(&place), "{place} is not in docs/api.md");
    }
}

/// What changes something is noted, but for what clients do all day: `run_submit` and the like say who did it by their runs,
/// and what is done in a session is noted as the key's.
#[test]
fn the_audit_notes_what_changes_something_or_hands_it_out() {
    let unnoted: Vec<_> = ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.audited.is_none() && endpoint.method != http::Method::GET)
        .map(|endpoint| endpoint.path)
        .collect();
    let every_day = [
        "/tasks",
        "/events",
        "/events/signed/{token}",
        "/sweep",
        "/ui/api/session",
        "/ui/api/session",
    ];
    assert_eq!(unnoted, every_day);
    let read: Vec<_> = ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.audited.is_some() && endpoint.method == http::Method::GET)
        .map(|endpoint| endpoint.path)
        .collect();
    assert_eq!(read, ["/runs/{id}/export", "/keys/{namespace}/{key}"]);
    let open = ENDPOINTS.iter().filter(|endpoint| endpoint.needs.no_key());
    assert!(open.into_iter().all(|endpoint| endpoint.audited.is_none()));
}

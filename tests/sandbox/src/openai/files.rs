//! Files.

use bytes::Bytes;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{CREATED, error, missing};
use crate::form::Part;
use crate::reply::Reply;
use crate::request::Request;

/// Files on a page if the call does not say.
const PAGE: usize = 10_000;

/// The files.
pub(super) struct Files {
    kept: IndexMap<String, (Value, Bytes)>,
    made: usize,
}

impl Files {
    pub(super) fn new() -> Self {
        let mut files = Self {
            kept: IndexMap::new(),
            made: 0,
        };
        files.keep(
            "sandbox.jsonl",
            "batch",
            Bytes::from_static(b"{\"sandbox\":true}\n"),
        );
        files
    }

    fn keep(&mut self, name: &str, purpose: &str, bytes: Bytes) -> Value {
        self.made += 1;
        let id = format!("file-sandbox{}", self.made);
        let file = json!({
            "id": id, "object": "file", "bytes": bytes.len(), "created_at": CREATED, "expires_at": null,
            "filename": name, "purpose": purpose, "status": "processed", "status_details": null,
        });
        self.kept.insert(id, (file.clone(), bytes));
        file
    }

    pub(super) fn answer(
        &mut self,
        method: &str,
        path: &[&str],
        request: &Request,
        parts: Option<&[Part]>,
    ) -> Reply {
        match (method, path) {
            ("POST", []) => {
                let parts = parts.unwrap_or_default();
                let Some(file) = parts.iter().find(|part| part.name == "file") else {
                    return missing("file");
                };
                let Some(purpose) = parts.iter().find(|part| part.name == "purpose") else {
                    return missing("purpose");
                };
                let purpose = String::from_utf8_lossy(&purpose.body).into_owned();
                let name = file.file_name.clone().unwrap_or_else(|| "file".to_owned());
                Reply::ok(&self.keep(&name, &purpose, file.body.clone()))
            }
            ("GET", []) => self.list(request),
            ("GET", [id]) => match self.kept.get(*id) {
                Some((file, _)) => Reply::ok(file),
                None => none(id),
            },
            ("GET", [id, "content"]) => match self.kept.get(*id) {
                Some((_, bytes)) => Reply::bytes(200, "application/octet-stream", bytes.clone()),
                None => none(id),
            },
            ("DELETE", [id]) => match self.kept.shift_remove(*id) {
                Some(_) => Reply::ok(&json!({ "id": id, "object": "file", "deleted": true })),
                None => none(id),
            },
            _ => error(404, "Invalid URL", "invalid_request_error", None, None),
        }
    }

    /// Newest first, behind the file that `after` names.
    fn list(&self, request: &Request) -> Reply {
        let mut files: Vec<&Value> = self.kept.values().map(|(file, _)| file).rev().collect();
        if let Some(purpose) = request.param("purpose") {
            files.retain(|file| file["purpose"] == purpose);
        }
        if let Some(after) = request.param("after") {
            let begin = files
                .iter()
                .position(|file| file["id"] == after)
                .map_or(0, |at| at + 1);
            files.drain(..begin);
        }
        let limit = request.number("limit").unwrap_or(PAGE);
        let more = files.len() > limit;
        files.truncate(limit);
        Reply::ok(&json!({
            "object": "list", "data": files, "has_more": more,
            "first_id": files.first().map(|file| &file["id"]), "last_id": files.last().map(|file| &file["id"]),
        }))
    }
}

fn none(id: &str) -> Reply {
    error(
        404,
        &format!("No such File object: {id}"),
        "invalid_request_error",
        Some("id"),
        None,
    )
}

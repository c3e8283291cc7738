//! Supabase: its REST interface to tables (PostgREST), storage, auth administration and functions.

mod auth;
mod functions;
mod rest;
mod storage;
mod tables;

use std::sync::Mutex;

use serde_json::json;

use crate::reply::Reply;
use crate::request::Request;
use crate::world::lock;
use auth::Users;
use storage::Buckets;
use tables::Database;

/// Supabase.
pub(crate) struct Supabase(Mutex<State>);

struct State {
    database: Database,
    buckets: Buckets,
    users: Users,
}

impl State {
    fn new() -> Self {
        Self {
            database: Database::seed(),
            buckets: Buckets::seed(),
            users: Users::seed(),
        }
    }
}

impl Supabase {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State::new()))
    }

    pub(crate) fn reset(&self) {
        *lock(&self.0) = State::new();
    }

    /// The answer, if the path is one of Supabase's.
    pub(crate) fn answer(&self, request: &Request) -> Option<Reply> {
        let rest = request.path.strip_prefix('/')?;
        let (part, path) = rest.split_once("/v1")?;
        let path = path.strip_prefix('/').unwrap_or(path);
        if !matches!(part, "rest" | "storage" | "auth" | "functions") {
            return None;
        }
        let public = part == "storage" && path.starts_with("object/public/");
        if !public && request.header("apikey").is_empty() && request.bearer().is_none() {
            return Some(Reply::json(
                401,
                &json!({ "message": "No API key found in request", "hint": "No `apikey` request header or url param was found." }),
            ));
        }
        if request.header("apikey") == "sandbox-invalid" {
            return Some(Reply::json(
                401,
                &json!({ "message": "Invalid API key", "hint": "Double check your Supabase `anon` or `service_role` API key." }),
            ));
        }
        let parts = crate::form::parts(request);
        let mut state = lock(&self.0);
        Some(match part {
            "rest" => rest::answer(&mut state.database, request, path),
            "storage" => state.buckets.answer(request, path, parts),
            "auth" => state.users.answer(request, path),
            _ => functions::answer(request, path, parts.as_deref()),
        })
    }
}

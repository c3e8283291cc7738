//! The outside world: who answers which request, and the sandbox's own control.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::faults::{Fault, Faults};
use crate::google::Google;
use crate::openai::OpenAi;
use crate::record::Record;
use crate::reply::Reply;
use crate::request::Request;
use crate::supabase::Supabase;
use crate::{pages, search, web};

/// Requests below it are for the sandbox itself.
pub(crate) const CONTROL: &str = "/__sandbox/";

/// What a lock guards, also after a thread has failed with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The outside world.
pub(crate) struct World {
    pub(crate) faults: Faults,
    pub(crate) record: Record,
    pub(crate) google: Google,
    openai: OpenAi,
    supabase: Supabase,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            faults: Faults::default(),
            record: Record::default(),
            google: Google::new(),
            openai: OpenAi::new(),
            supabase: Supabase::new(),
        }
    }

    /// The data as after a start; no faults, no records.
    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.record.reset();
        self.google.reset();
        self.openai.reset();
        self.supabase.reset();
    }

    /// The answer of whichever upstream has such a path. They share one address: where paths of two
    /// could be mistaken, the one that knows all of its paths goes first.
    pub(crate) fn answer(&self, request: &Request) -> Reply {
        if let Some(reply) = self.google.answer(request) {
            return reply;
        }
        if let Some(reply) = self.supabase.answer(request) {
            return reply;
        }
        if let Some(reply) = search::answer(request) {
            return reply;
        }
        if let Some(reply) = pages::answer(request) {
            return reply;
        }
        if let Some(reply) = web::answer(request) {
            return reply;
        }
        if let Some(reply) = self.openai.answer(request) {
            return reply;
        }
        Reply::json(
            404,
            &json!({ "error": { "code": 404, "message": "The sandbox has nothing at this path." } }),
        )
    }

    /// The control API.
    pub(crate) fn control(&self, request: &Request) -> Reply {
        let path = request.path.trim_start_matches(CONTROL);
        match (request.method.as_str(), path) {
            ("GET", "requests") => Reply::ok(&json!(self.record.all())),
            ("DELETE", "requests") => Reply::ok(&json!(self.record.take())),
            ("GET", "faults") => Reply::ok(&json!(self.faults.left())),
            ("DELETE", "faults") => {
                self.faults.clear();
                Reply::empty(204)
            }
            ("POST", "faults") => match serde_json::from_slice::<Fault>(&request.body) {
                Ok(fault) => {
                    self.faults.order(fault);
                    Reply::empty(204)
                }
                Err(error) => refused(400, &error.to_string()),
            },
            ("POST", "reset") => {
                self.reset();
                Reply::empty(204)
            }
            ("GET", "service-account") => {
                Reply::ok(&json!(self.google.service_account(&request.base)))
            }
            ("POST", "google/token-lifetime") => {
                match request.json().as_ref().and_then(Value::as_i64) {
                    Some(seconds) => {
                        self.google.set_token_lifetime(seconds);
                        Reply::empty(204)
                    }
                    None => refused(400, "a number of seconds is wanted"),
                }
            }
            ("POST", "google/expire-tokens") => {
                self.google.expire_tokens();
                Reply::empty(204)
            }
            _ => refused(404, "the sandbox's control has no such path"),
        }
    }
}

fn refused(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "error": message }))
}

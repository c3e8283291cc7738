//! Google: tokens, discovery documents and the APIs that these describe.
//!
//! Directory and Gmail have their own data and rules. All other methods are emulated from the
//! discovery documents alone, over a store of resources (see `generic`).

mod access;
mod account;
mod batch;
mod calls;
mod directory;
mod discovery;
mod fields;
mod generic;
mod gmail;
mod media;
mod search;
mod seed;
mod sheets;
mod store;
mod token;

use std::sync::Mutex;

use serde_json::{Value, json};

use account::Account;
use calls::Call;
use discovery::Discovery;
use media::Uploads;
use store::Store;
use token::Tokens;

use crate::reply::Reply;
use crate::request::Request;
use crate::world::lock;

/// Google.
pub(crate) struct Google {
    account: Account,
    discovery: Discovery,
    state: Mutex<State>,
}

/// What changes.
pub(crate) struct State {
    tokens: Tokens,
    store: Store,
    mail: gmail::Mail,
    uploads: Uploads,
}

impl State {
    fn new() -> Self {
        Self {
            tokens: Tokens::default(),
            store: seed::store(),
            mail: seed::mail(),
            uploads: Uploads::default(),
        }
    }
}

impl Google {
    pub(crate) fn new() -> Self {
        Self {
            account: Account::read(),
            discovery: Discovery::read(),
            state: Mutex::new(State::new()),
        }
    }

    pub(crate) fn reset(&self) {
        *lock(&self.state) = State::new();
    }

    pub(crate) fn service_account(&self, base: &str) -> Value {
        self.account.file(base)
    }

    pub(crate) fn set_token_lifetime(&self, seconds: i64) {
        lock(&self.state).tokens.set_lifetime(seconds);
    }

    pub(crate) fn expire_tokens(&self) {
        lock(&self.state).tokens.expire();
    }

    /// The answer, if the path is one of Google's.
    pub(crate) fn answer(&self, request: &Request) -> Option<Reply> {
        if request.method == "POST"
            && matches!(request.path.as_str(), "/token" | "/oauth2/v4/token")
        {
            return Some(lock(&self.state).tokens.answer(&self.account, request));
        }
        if let Some(reply) = self.discovery.answer(request) {
            return Some(reply);
        }
        if request.method == "POST"
            && (request.path == "/batch" || request.path.starts_with("/batch/"))
        {
            return Some(batch::answer(self, request));
        }
        self.call(request)
    }

    /// Makes a call to one of the APIs, if the path is one of theirs.
    fn call(&self, request: &Request) -> Option<Reply> {
        // The lock must be released before the upload continues.
        let next = lock(&self.state).uploads.go_on(request);
        if let Some(next) = next {
            return Some(match next {
                media::Next::Answer(reply) => reply,
                media::Next::Whole(upload) => self.uploaded(*upload),
            });
        }
        let (api, method, values) = self.discovery.find(&request.method, &request.path)?;
        let upload = media::read(request);
        let mut state = lock(&self.state);
        let who = match access::check(&state.tokens, method, request) {
            Ok(who) => who,
            Err(reply) => return Some(reply),
        };
        if let Some(reply) = state.uploads.begin(request, &who) {
            return Some(reply);
        }
        let (body, media) = upload.unwrap_or_else(|| (request.json(), None));
        let call = Call {
            api,
            method,
            values,
            request,
            body: body.unwrap_or_else(|| json!({})),
            media,
            who,
        };
        Some(call.answer(&mut state))
    }

    /// An upload in several requests has all of its bytes.
    fn uploaded(&self, upload: media::Upload) -> Reply {
        let Some((api, method, values)) = self
            .discovery
            .find(&upload.request.method, &upload.request.path)
        else {
            return access::error(404, "Not Found", "notFound", "NOT_FOUND");
        };
        let call = Call {
            api,
            method,
            values,
            request: &upload.request,
            body: upload.metadata,
            media: Some(upload.media),
            who: upload.who,
        };
        call.answer(&mut lock(&self.state))
    }
}

/// A text of an object; empty if it has none of that name.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

//! Lists the keys of a namespace.

use tasker_api::Page;
use utoipa::openapi::schema::Type;

use crate::content::{of_type, page_of};
use crate::endpoint::*;
use crate::keys::keys;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/keys/{namespace}";
    const NEEDS: Needs = Needs::To(Right::KeepValues, Of::Namespace);
    const ID: &'static str = "listKeys";
    const TAG: &'static str = "keys";
    const SUMMARY: &'static str = "Lists the keys of a namespace, never their values";
    const ANSWERS: Answers = &[(StatusCode::OK, "All keys, in order")];
    const PROBLEMS: Problems = &[ServiceUnavailable];
    const STORED: bool = false;

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = KeyNames;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let page = Page {
            items: keys(&call.path).await?,
            next_cursor: None,
        };
        Ok(Answer::ok(&page)?.of())
    }
}

/// A list of names.
pub(crate) struct KeyNames;

impl Content for KeyNames {
    fn content(_: StatusCode) -> Described {
        Some(("application/json", page_of(of_type(Type::String))))
    }
}

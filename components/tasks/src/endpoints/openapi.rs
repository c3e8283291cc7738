//! The OpenAPI document.

use utoipa::openapi::schema::Type;

use crate::content::of_type;
use crate::endpoint::*;

/// A test sees to it that it says what the endpoints say.
static DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/openapi.json";
    const NEEDS: Needs = Needs::Nothing;
    const ID: &'static str = "openapi";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str = "This document";
    const ANSWERS: Answers = &[(StatusCode::OK, "It")];
    const STORED: bool = false;

    type Path = ();
    type Query = ();
    type Body = Nothing;
    type Answer = Document;

    async fn handle(_: Call<Self>) -> Answered<Self> {
        Ok(Answer::text(StatusCode::OK, "application/json", DOCUMENT))
    }
}

/// Any JSON object.
pub(crate) struct Document;

impl Content for Document {
    fn content(_: StatusCode) -> Described {
        Some(("application/json", of_type(Type::Object)))
    }
}

//! Ends a session of the dashboard.

use http::header::SET_COOKIE;
use tasker_api::{SESSION_HEADER, SESSION_PATH, no_session_cookie};

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = SESSION_PATH;
    const NEEDS: Needs = Needs::Dashboard;
    const ID: &'static str = "endSession";
    const TAG: &'static str = "dashboard";
    const SUMMARY: &'static str = "Signs a browser out of the dashboard";
    const HEADERS: &'static [(&'static str, &'static str)] = &[(
        SESSION_HEADER,
        "Must be there, with any value: pages of other sites cannot send it",
    )];
    const ANSWERS: Answers = &[(
        StatusCode::NO_CONTENT,
        "The browser has no session any more",
    )];
    const PROBLEMS: Problems = &[Unauthorized];
    const STORED: bool = false;

    type Path = ();
    type Query = ();
    type Body = Nothing;
    type Answer = Nothing;

    async fn handle(_: Call<Self>) -> Answered<Self> {
        Ok(Answer::nothing().with_header(SET_COOKIE, &no_session_cookie()))
    }
}

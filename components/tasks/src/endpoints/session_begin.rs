//! Begins a session of the dashboard.

use http::header::{ORIGIN, SET_COOKIE};
use tasker_api::{ApiKey, SESSION_HEADER, SESSION_PATH, SignIn};

use crate::endpoint::*;
use crate::guard::holder;
use crate::session;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = SESSION_PATH;
    const NEEDS: Needs = Needs::Dashboard;
    const ID: &'static str = "beginSession";
    const TAG: &'static str = "dashboard";
    const SUMMARY: &'static str = "Signs a browser in to the dashboard";
    const HEADERS: &'static [(&'static str, &'static str)] = &[(
        SESSION_HEADER,
        "Must be there, with any value: pages of other sites cannot send it",
    )];
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "What the key is for. A cookie holds the session, with which everything at `/ui/api` is as the API is with the key",
    )];
    const PROBLEMS: Problems = &[Unauthorized, Forbidden, TooManyWrongKeys, TokenWeak];

    type Path = ();
    type Query = ();
    type Body = Json<SignIn>;
    type Answer = Json<ApiKey>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = holder(&call.request, &call.body.key)?;
        // A browser says of everything that it posts from which page it comes.
        let origin = call.request.header(ORIGIN);
        let is_secure = origin.is_some_and(|origin| origin.starts_with("https://"));
        let cookie = session::begin(&access, is_secure)?;
        let answer = Answer::ok(&access.about())?;
        Ok(answer.with_header(SET_COOKIE, &cookie))
    }
}

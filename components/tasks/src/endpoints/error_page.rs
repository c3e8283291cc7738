//! Explains an error code.

use include_dir::{Dir, include_dir};
use utoipa::openapi::schema::Type;

use crate::content::of_type;
use crate::endpoint::*;

static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");
const MARKDOWN: &str = "text/markdown; charset=utf-8";

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/errors/{code}";
    const NEEDS: Needs = Needs::Nothing;
    const ID: &'static str = "errorPage";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str = "Explains an error code: cause, and what to do";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page in Markdown")];
    const PROBLEMS: Problems = &[RouteNotFound];
    const STORED: bool = false;

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Markdown;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let mut codes = ErrorCode::ALL.iter();
        let code = codes.find(|code| code.as_str() == call.path);
        let page = code.and_then(|code| PAGES.get_file(format!("{code}.md")));
        let page = page.ok_or_else(|| Error::new(RouteNotFound, "there is no such error code"))?;
        Ok(Answer::text(StatusCode::OK, MARKDOWN, page.contents()))
    }
}

/// A page in Markdown.
pub(crate) struct Markdown;

impl Content for Markdown {
    fn content(_: StatusCode) -> Described {
        Some((MARKDOWN, of_type(Type::String)))
    }
}

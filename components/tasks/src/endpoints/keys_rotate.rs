//! Seals values under the present master key.

use tasker_api::{Cursor, CursorQuery, RotatedKeys, parse_cursor};
use tasker_domain::keystore::{KeyName, Rotate, Rotated};
use tasker_domain::wire::ServiceError;

use crate::endpoint::*;
use crate::keys::{ask, refusal};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/keys/rotate";
    const NEEDS: Needs = Needs::To(Right::Administer, Of::Nothing);
    const ID: &'static str = "rotateKeys";
    const TAG: &'static str = "keys";
    const SUMMARY: &'static str = "Seals a batch of values under the present master key";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "What was done; `nextCursor` tells whether there is more",
    )];
    const PROBLEMS: Problems = &[ServiceUnavailable];
    const STORED: bool = false;

    type Path = ();
    type Query = Step;
    type Body = Nothing;
    type Answer = Json<RotatedKeys>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let Step(after) = call.query;
        let done: std::result::Result<Rotated, ServiceError> =
            ask("/rotate", &Rotate { after }).await?;
        let done = done.map_err(|failed| refusal(failed.error))?;
        let next = done.next.map(|name| serde_json::to_string(&name));
        Answer::ok(&RotatedKeys {
            rotated: done.rotated,
            unreadable: done.unreadable.iter().map(ToString::to_string).collect(),
            next_cursor: next
                .transpose()
                .map_err(internal)?
                .map(|name| Cursor(name).to_string()),
        })
    }
}

/// The step after the value with this name.
pub(crate) struct Step(Option<KeyName>);

impl QueryParams for Step {
    type Query = CursorQuery;

    fn check(query: CursorQuery) -> Result<Self> {
        // A name's two parts may have any characters: JSON keeps them apart.
        let cursor: Option<String> = parse_cursor(query.cursor.as_deref())?;
        let name = cursor.map(|name| serde_json::from_str(&name)).transpose();
        name.map(Self)
            .map_err(|_| Error::new(BadRequest, "`cursor` is of no step before"))
    }
}

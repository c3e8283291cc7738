//! Makes a public token.

use serde_json::json;
use tasker_api::{Allowed, CreatedPublicToken, NewPublicToken, Timestamp};

use crate::endpoint::*;
use crate::public_token::Maker;
use crate::{audit, records};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/tokens";
    const NEEDS: Needs = Needs::To(Right::SeeRun, Of::Asked);
    const ID: &'static str = "createPublicToken";
    const TAG: &'static str = "public-tokens";
    const SUMMARY: &'static str =
        "Makes a public token for a front end: it allows one thing that the key may do itself";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::CREATED, "The token, which is kept nowhere")];
    const PROBLEMS: Problems = &[RunNotFound, TaskNotFound];

    type Path = ();
    type Query = ();
    type Body = Json<NewPublicToken>;
    type Answer = Json<CreatedPublicToken>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = call.access()?;
        let NewPublicToken {
            allow,
            expires_in_seconds,
        } = call.body;
        audit::target(&allow.target());
        allow.check()?;
        may(&access, &allow)?;
        let (token, text) = Maker::of(&access, expires_in_seconds)?.make(allow)?;
        let expires_at = Timestamp::from_millis(token.expires_at());
        audit::detail(&json!({
            "allow": token.allow.word(),
            "repeat": token.allow.repeats(),
            "id": token.id,
            "expiresAt": expires_at,
        }));
        let created = CreatedPublicToken {
            token: text,
            id: token.id,
            expires_at,
        };
        Answer::json(StatusCode::CREATED, &created)
    }
}

/// Refuses what the key may not do itself.
fn may(access: &Access, allow: &Allowed) -> Result<()> {
    let check = |right, of| access.check(Needs::To(right, of), &[allow.target()]);
    match allow {
        Allowed::Read(read) => {
            check(Right::SeeRun, Of::Run)?;
            records::mark(&store()?, read.run_id)?;
        }
        Allowed::Submit(submit) => {
            check(Right::Submit, Of::Task)?;
            if submit.read {
                check(Right::SeeRun, Of::Task)?;
            }
            records::task(&store()?, &submit.task_name)?;
        }
        Allowed::Send(send) => {
            check(Right::Submit, Of::Run)?;
            records::mark(&store()?, send.run_id)?;
        }
    }
    Ok(())
}

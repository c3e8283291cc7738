//! What a public token can allow, and what of its holder's wishes that lets through.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tasker_domain::{ErrorCode, RunId, event, json};
use utoipa::ToSchema;

use crate::{Problem, RawJson, SendEvent, SubmitRun, schema};

/// What a public token allows: one of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Allowed {
    /// Reading one run.
    Read(ReadRun),
    /// Running one task.
    Submit(SubmitTask),
    /// Sending one event to one run.
    Send(SendNamed),
}

/// A run that a token reads: its status, its result, its error, and when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadRun {
    /// The run.
    #[schema(schema_with = schema::id)]
    pub run_id: RunId,
}

/// A task that a token runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubmitTask {
    /// The task.
    #[schema(example = "order")]
    pub task_name: String,
    /// Members of the input, which the holder cannot change. An object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<RawJson>,
    /// Names of the other members of the input, which the holder may give. Without any the input is `input`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
    /// The token makes any number of runs until it expires, and not one alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub repeat: bool,
    /// The answer may have a token that reads the run, which is taken as long as this one was made for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub read: bool,
}

/// An event that a token sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendNamed {
    /// The run that it is for.
    #[schema(schema_with = schema::id)]
    pub run_id: RunId,
    /// Its name. What it says is the holder's.
    #[schema(example = "approved")]
    pub name: String,
    /// The token sends any number of such events until it expires, and not one alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub repeat: bool,
}

impl Allowed {
    /// Its word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::Submit(_) => "submit",
            Self::Send(_) => "send",
        }
    }

    /// What it is about: a run, or a task.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Read(read) => read.run_id.to_string(),
            Self::Submit(submit) => submit.task_name.clone(),
            Self::Send(send) => send.run_id.to_string(),
        }
    }

    /// Whether it may be done any number of times.
    #[must_use]
    pub fn repeats(&self) -> bool {
        match self {
            Self::Read(_) => true,
            Self::Submit(submit) => submit.repeat,
            Self::Send(send) => send.repeat,
        }
    }

    /// Judges it.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`].
    pub fn check(&self) -> Result<(), Problem> {
        match self {
            Self::Read(_) => Ok(()),
            Self::Submit(submit) => submit.check(),
            Self::Send(send) if event::is_name(&send.name) => Ok(()),
            Self::Send(_) => {
                let bytes = event::NAME_MAX_BYTES;
                let detail = format!("`name` has 1 to {bytes} bytes and no control characters");
                Err(Problem::new(ErrorCode::BadRequest, detail))
            }
        }
    }

    /// The submission that is asked for, with the members of the input that are fixed.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] if any of it is not allowed; [`ErrorCode::BadRequest`].
    pub fn submission(&self, asked: SubmitRun) -> Result<SubmitRun, Problem> {
        match self {
            Self::Submit(submit) => submit.narrowed(asked),
            Self::Read(_) | Self::Send(_) => Err(not_allowed()),
        }
    }

    /// The event that is asked for, for the run that it is for.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] if any of it is not allowed.
    pub fn event(&self, asked: SendEvent) -> Result<SendEvent, Problem> {
        match self {
            Self::Send(send) => send.narrowed(asked),
            Self::Read(_) | Self::Submit(_) => Err(not_allowed()),
        }
    }
}

impl SubmitTask {
    fn check(&self) -> Result<(), Problem> {
        let bad = |detail: String| Err(Problem::new(ErrorCode::BadRequest, detail));
        let Some(fixed) = self.fixed() else {
            return bad("`input` of a public token is an object".to_owned());
        };
        match self.open.iter().find(|name| fixed.contains_key(*name)) {
            Some(name) => bad(format!("`{name}` is both in `input` and in `open`")),
            None => Ok(()),
        }
    }

    /// The members of the input that the token says.
    fn fixed(&self) -> Option<Map<String, Value>> {
        match &self.input {
            None => Some(Map::new()),
            Some(input) => input.read().ok(),
        }
    }

    /// What the holder asks for, if all of it is allowed.
    fn narrowed(&self, asked: SubmitRun) -> Result<SubmitRun, Problem> {
        if asked.task_name != self.task_name {
            return Err(not_allowed());
        }
        // Whoever adds a member says here whether a token allows it.
        let SubmitRun {
            task_name,
            input,
            idempotency_key: _,
            public_token,
            run_at: None,
            delay_ms: None,
            timeout_ms: None,
            priority: None,
            retry: None,
            concurrency_key: None,
            tags,
            webhook: None,
        } = asked
        else {
            return Err(others_refused());
        };
        if !tags.is_empty() {
            return Err(others_refused());
        }
        if public_token.is_some() && !self.read {
            return Err(forbidden("the public token does not allow reading its run"));
        }
        Ok(SubmitRun {
            public_token,
            ..SubmitRun::of(task_name, self.filled(&input)?)
        })
    }

    /// The holder's input with the members that the token says.
    fn filled(&self, given: &RawJson) -> Result<RawJson, Problem> {
        let malformed = |reason: &dyn std::fmt::Display| {
            Problem::new(ErrorCode::BadRequest, format!("the input: {reason}"))
        };
        let given: Value = given.read().map_err(|error| malformed(&error))?;
        let mut input = match given {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            _ => return Err(malformed(&"it must be an object")),
        };
        let fixed = self.fixed().unwrap_or_default();
        for (name, value) in &input {
            let allowed = match fixed.get(name) {
                Some(fixed) => json::is_same(fixed, value),
                None => self.open.contains(name),
            };
            if !allowed {
                return Err(forbidden(
                    "the input has a member that the public token does not open, or says itself",
                ));
            }
        }
        input.extend(fixed);
        RawJson::of(&input).map_err(|error| malformed(&error))
    }
}

impl SendNamed {
    /// What the holder asks for, if all of it is allowed.
    fn narrowed(&self, asked: SendEvent) -> Result<SendEvent, Problem> {
        let is_other_run = asked.run_id.is_some_and(|run| run != self.run_id);
        if asked.name != self.name || is_other_run {
            return Err(not_allowed());
        }
        if asked.ttl_seconds.is_some() {
            return Err(forbidden(
                "the public token allows `name`, `data`, `runId` and `id` alone",
            ));
        }
        Ok(SendEvent {
            run_id: Some(self.run_id),
            ..asked
        })
    }
}

/// The refusal of whatever a token is not for. It says nothing of what there is.
#[must_use]
pub fn not_allowed() -> Problem {
    forbidden("the public token is not for this")
}

/// The refusal of members that only keys may give.
fn others_refused() -> Problem {
    forbidden(
        "the public token allows `taskName`, `input`, `idempotencyKey` and `publicToken` alone",
    )
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(ErrorCode::Forbidden, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewPublicToken;

    fn run(byte: u8) -> RunId {
        RunId::new(5, [byte; 10])
    }

    fn allowed(json: &str) -> Allowed {
        let allowed: Allowed = serde_json::from_str(json).unwrap();
        allowed.check().unwrap();
        allowed
    }

    fn asked(json: &str) -> SubmitRun {
        serde_json::from_str(json).unwrap()
    }

    /// The code and detail of a refusal.
    fn refused<T: std::fmt::Debug>(result: Result<T, Problem>) -> (String, String) {
        let problem = result.unwrap_err();
        (problem.code, problem.detail)
    }

    #[test]
    fn the_holder_gives_what_is_open_and_changes_nothing_else() {
        let token = allowed(
            r#"{"submit":{"taskName":"order","input":{"user":{"id":5},"n":1},"open":["text"]}}"#,
        );
        let given = |input: &str| {
            let asked = asked(&format!(r#"{{"taskName":"order","input":{input}}}"#));
            let submission = token.submission(asked);
            submission.map(|run| String::from(run.input))
        };
        let all = r#"{"text":"a","user":{"id":5},"n":1}"#;
        assert_eq!(given(r#"{"text":"a"}"#).unwrap(), all);
        assert_eq!(given(r#"{"text":"a", "user":{"id":5.0}}"#).unwrap(), all);
        for none in ["{}", "null"] {
            assert_eq!(given(none).unwrap(), r#"{"user":{"id":5},"n":1}"#);
        }
        for wrong in [
            r#"{"user":{"id":6}}"#,
            r#"{"user":{"id":5,"admin":true}}"#,
            r#"{"user":{}}"#,
            r#"{"user":null}"#,
            r#"{"n":2}"#,
            r#"{"other":1}"#,
            r#"{"text":"a","Text":"b"}"#,
            r#"{"n":1,"n":2}"#,
        ] {
            assert_eq!(refused(given(wrong)).0, "forbidden", "{wrong}");
        }
        for wrong in ["[]", "1", "\"x\""] {
            assert_eq!(refused(given(wrong)).0, "bad_request", "{wrong}");
        }
        let other = token.submission(asked(r#"{"taskName":"orders"}"#));
        assert_eq!(refused(other).1, "the public token is not for this");
        for more in [
            r#""priority":100"#,
            r#""delayMs":1"#,
            r#""runAt":"2030-01-01T00:00:00Z""#,
            r#""timeoutMs":1"#,
            r#""retry":{"attempts":2}"#,
            r#""concurrencyKey":"x""#,
            r#""webhook":{"url":"https://a.b"}"#,
            r#""publicToken":{}"#,
        ] {
            let asked = asked(&format!(r#"{{"taskName":"order",{more}}}"#));
            let (code, _) = refused(token.submission(asked));
            assert_eq!(code, "forbidden", "{more}");
        }
        let reader = allowed(r#"{"submit":{"taskName":"order","read":true}}"#);
        let wanted = asked(r#"{"taskName":"order","publicToken":{"expiresInSeconds":9}}"#);
        assert_eq!(reader.submission(wanted.clone()), Ok(wanted));
    }

    #[test]
    fn an_event_has_the_name_and_the_run_of_its_token() {
        let id = run(1);
        let token = allowed(&format!(r#"{{"send":{{"runId":"{id}","name":"ok"}}}}"#));
        let sent = |json: &str| token.event(serde_json::from_str(json).unwrap());
        let event = sent(r#"{"name":"ok","data":[1],"id":"x"}"#).unwrap();
        assert_eq!(
            (event.run_id, event.id.as_deref(), event.data.as_str()),
            (Some(id), Some("x"), "[1]")
        );
        let other = format!(r#"{{"name":"ok","runId":"{}"}}"#, run(2));
        for wrong in [
            &*other,
            r#"{"name":"no"}"#,
            r#"{"name":"ok","ttlSeconds":1}"#,
        ] {
            assert_eq!(refused(sent(wrong)).0, "forbidden", "{wrong}");
        }
        let submit = allowed(r#"{"submit":{"taskName":"a"}}"#);
        assert_eq!(refused(submit.event(event)).0, "forbidden");
        assert_eq!(
            refused(token.submission(asked(r#"{"taskName":"a"}"#))).0,
            "forbidden"
        );
    }

    #[test]
    fn what_a_token_is_to_allow_is_judged() {
        let judged = |json: &str| {
            let new: Result<NewPublicToken, _> =
                serde_json::from_str(&format!("{{\"allow\":{json}}}"));
            let new = new.map_err(|error| error.to_string())?;
            new.allow.check().map_err(|problem| problem.detail)
        };
        for (json, said) in [
            (r#"{"submit":{"taskName":"a","input":[1]}}"#, "is an object"),
            (
                r#"{"submit":{"taskName":"a","input":{"x":1},"open":["x"]}}"#,
                "both in",
            ),
            (
                r#"{"send":{"runId":"00000000-0000-7000-8000-000000000000","name":""}}"#,
                "`name` has",
            ),
            (r#"{"read":{"runId":"x"}}"#, "UUID"),
            (
                r#"{"read":{"runId":"00000000-0000-7000-8000-000000000000","x":1}}"#,
                "unknown field",
            ),
            (r#"{"list":{}}"#, "unknown variant"),
            ("{}", "expected"),
        ] {
            let error = judged(json).unwrap_err();
            assert!(error.contains(said), "{json}: {error}");
        }
    }
}

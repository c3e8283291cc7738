//! Tells whether the app can do its work.

use tasker_api::{Readiness, Verdict};
use tasker_host::log;

use crate::doctor::{look_at_database, no_database, settings};
use crate::endpoint::*;

/// Readiness is open to all, so it writes only if nobody has written for this long.
const PROBE_MS: i64 = 5_000;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/health/ready";
    const NEEDS: Needs = Needs::Nothing;
    const ID: &'static str = "ready";
    const TAG: &'static str = "system";
    const SUMMARY: &'static str = "Tells whether the app can do its work, part by part";
    const ANSWERS: Answers = &[
        (StatusCode::OK, "It can; a part may need a look"),
        (StatusCode::SERVICE_UNAVAILABLE, "A part fails"),
    ];
    const STORED: bool = false;

    type Path = ();
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Readiness>;

    async fn handle(_: Call<Self>) -> Answered<Self> {
        let mut parts = match look_at_database(PROBE_MS) {
            Ok((_, _, parts)) => parts,
            Err(error) => {
                log::error(format!("readiness: {error}")).write();
                vec![no_database(&error)]
            }
        };
        parts.extend(settings().await);
        let readiness = Readiness::of(parts);
        let status = match readiness.status {
            Verdict::Failing => StatusCode::SERVICE_UNAVAILABLE,
            Verdict::Ok | Verdict::Warning => StatusCode::OK,
        };
        Answer::json(status, &readiness)
    }
}

//! Stopping runs, and ending what is out of time.

use serde::Serialize;
use tasker_domain::{Call, Lease, RunId, Stop, StopCause};

use crate::portable::stop::cancel;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call as _, Connection, Param, json, params};
use crate::postgres::slices::read_absorbed;
use crate::records::stop::{call_timeout, stopped_calls};
use crate::row::to_json;
use crate::stop::Stopping;
use crate::{Absorbed, Cancellation, Result};

/// How a run is stopped as functions take it: the type `how_to_stop`.
#[derive(Serialize)]
pub(super) struct HowToStop {
    status: &'static str,
    error: String,
    why: String,
    grace_until: i64,
}

impl HowToStop {
    pub(super) fn of(stop: &Stop) -> Result<Self> {
        Ok(Self {
            status: stop.status().as_str(),
            error: to_json(&stop.error())?,
            why: to_json(stop)?,
            grace_until: stop.grace_until,
        })
    }
}

impl<C: Connection> Stopping for Postgres<C> {
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>> {
        cancel(self, run, stop, force, now)
    }

    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed> {
        let calls = json(&stopped_calls(calls)?)?;
        let params = params![lease.id, lease.token.0, calls, now];
        read_absorbed(self.connection.call("stop_calls", params)?)
    }

    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32> {
        let [call, run] = times_up(grace_ms, now)?;
        let params = params![limit, now, call, run];
        self.connection.value("expire", params)?.number()
    }
}

/// The parameters that say how what is out of time ends: the error of a call, and how a run is stopped.
pub(super) fn times_up(grace_ms: i64, now: i64) -> Result<[Param; 2]> {
    Ok([
        to_json(&call_timeout())?.into(),
        json(&HowToStop::of(&Stop::new(
            StopCause::Timeout,
            grace_ms,
            now,
        ))?)?,
    ])
}

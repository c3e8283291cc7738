//! Stopping runs, pausing them, and ending what has had its time.

use tasker_domain::{Call, Lease, RunId, Stop};

use crate::postgres::Postgres;
use crate::postgres::connection::{Call as _, Connection, Param, integers, params, texts};
use crate::postgres::slices::read_absorbed;
use crate::records::stop::{call_timeout, read_stop, run_timeout};
use crate::row::to_json;
use crate::stop::Stopping;
use crate::{Absorbed, Cancellation, Error, Result};

impl<C: Connection> Stopping for Postgres<C> {
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>> {
        let [status, error, why, grace_until] = columns(stop)?;
        let params = [
            run.into(),
            status,
            error,
            why,
            grace_until,
            force.into(),
            now.into(),
        ];
        let Some(mut row) = self.connection.one("cancel", &params)? else {
            return Ok(None);
        };
        Ok(Some(match row.get("answer").text()?.as_str() {
            "finished" => Cancellation::Finished,
            "ended" => Cancellation::Ended,
            _ => Cancellation::Stopping {
                grace_until: read_stop(&mut row)?
                    .ok_or_else(|| Error::Unexpected("a run that is not being stopped".to_owned()))?
                    .grace_until,
            },
        }))
    }

    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed> {
        let methods = calls
            .iter()
            .map(|call| to_json(&call.method).map(Some))
            .collect::<Result<Vec<_>>>()?;
        read_absorbed(self.connection.call(
            "stop_calls",
            &[
                lease.id.into(),
                lease.token.0.into(),
                integers(calls.iter().map(|call| i64::from(call.number))),
                texts(calls.iter().map(|call| Some(call.service.as_str()))),
                texts(methods),
                texts(calls.iter().map(|call| Some(call.args.as_str()))),
                texts(calls.iter().map(|call| call.options.as_deref())),
                now.into(),
            ],
        )?)
    }

    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32> {
        let mut params = params![limit, now].to_vec();
        params.extend(times_up(grace_ms, now)?);
        self.connection.value("expire", &params)?.number()
    }
}

/// The parameters that say how a run is stopped: status, error, why, and the end of its grace.
pub(super) fn columns(stop: &Stop) -> Result<[Param; 4]> {
    Ok([
        stop.status().as_str().into(),
        to_json(&stop.error())?.into(),
        to_json(stop)?.into(),
        stop.grace_until.into(),
    ])
}

/// The parameters that say how what has had its time ends: the error of a call, and how a run is
/// stopped.
pub(super) fn times_up(grace_ms: i64, now: i64) -> Result<Vec<Param>> {
    let mut params = vec![to_json(&call_timeout())?.into()];
    params.extend(columns(&run_timeout(grace_ms, now))?);
    Ok(params)
}

//! The cron trigger: components that are called at the times of an expression.

use std::sync::Arc;

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use wasmtime::component::Val;
use wasmtime::{Result, Store, bail, format_err};

use crate::component::{Component, State, Trigger};
use crate::runtime::Runtime;

/// The export that `spin:cron@3.0.0` defines, whether it is lifted as a synchronous or an asynchronous function.
pub(crate) const EXPORT: &str = "handle-cron-event";

/// A component and its times.
pub(crate) struct Job {
    pub(crate) component: Arc<Component>,
    pub(crate) schedule: Cron,
}

/// Parses a six-field expression: second, minute, hour, day of month, month, day of week. As in Spin, Sunday is the first day
/// of the week, and a day must match both fields of days.
pub(crate) fn parse(expression: &str) -> Result<Cron, String> {
    CronParser::builder()
        .seconds(Seconds::Required)
        .dom_and_dow(true)
        .alternative_weekdays(true)
        .build()
        .parse(expression)
        .map_err(|error| format!("cron expression `{expression}`: {error}"))
}

/// Calls the component at each of its times, in UTC, until dropped. One call at a time: times that pass during a call are left out.
pub(crate) async fn run(runtime: Arc<Runtime>, job: Job) {
    let now = || Timestamp::now().to_zoned(TimeZone::UTC);
    while let Ok(time) = job.schedule.find_next_occurrence(&now(), false) {
        let wait = now().duration_until(&time);
        tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
        let (state, component) = (runtime.clone(), job.component.clone());
        let (done, finished) = tokio::sync::oneshot::channel::<()>();
        runtime.spawn(async move {
            if let Err(error) = fire(&state, &component, &time).await {
                tracing::error!("cron component `{}` failed: {error:?}", component.id);
            }
            drop(done);
        });
        _ = finished.await;
    }
}

/// Calls the component once for the given time.
async fn fire(runtime: &Arc<Runtime>, component: &Arc<Component>, time: &Zoned) -> Result<()> {
    let store = component.store(
        runtime,
        Trigger::Cron,
        runtime.database.durability.nothing_seen(),
    );
    let turns = store.data().turns.clone();
    turns.during(call(component, store, time)).await
}

async fn call(component: &Component, mut store: Store<State>, time: &Zoned) -> Result<()> {
    let instance = component.pre.instantiate_async(&mut store).await?;
    let Some(handler) = instance.get_func(&mut store, EXPORT) else {
        bail!("it does not export `{EXPORT}`");
    };
    let timestamp = u64::try_from(time.timestamp().as_second()).unwrap_or_default();
    let metadata = Val::Record(vec![("timestamp".into(), Val::U64(timestamp))]);
    let mut results = [Val::Bool(false)];
    handler
        .call_async(&mut store, &[metadata], &mut results)
        .await?;
    match results {
        [Val::Result(Err(error))] => Err(format_err!("it returned {error:?}")),
        _ => Ok(()),
    }
}

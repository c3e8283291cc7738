//! What several endpoints do with runs.

use tasker_api::{CancelRun, RunMoved};
use tasker_domain::{ErrorCode, RunId, Stop, StopCause};
use tasker_host::time;
use tasker_store::Pause;
use tasker_store::prelude::*;

use crate::answer::{After, Answer};
use crate::content::Json;
use crate::error::{Error, Result, no_run, store};
use crate::records;
use crate::settings::cancel_grace_ms;

/// How to stop a run that is cancelled now.
pub(crate) fn stop(asked: CancelRun, now: i64) -> Result<Stop> {
    Ok(Stop {
        reason: asked.reason,
        by: asked.by,
        ..Stop::new(StopCause::Cancel, cancel_grace_ms()?, now)
    })
}

/// Pauses a run, or resumes it.
pub(crate) fn set_paused(id: RunId, paused: bool) -> Result<Answer<Json<RunMoved>>> {
    let store = store()?;
    let done = store.set_paused(id, paused, time::now_ms())?;
    let code = match done.ok_or_else(|| no_run(id))? {
        Pause::Done => {
            let moved = RunMoved {
                task_run_id: id,
                status: records::mark(&store, id)?.status,
            };
            let after = if paused { After::Nothing } else { After::Drain };
            return Ok(Answer::ok(&moved)?.with_after(after));
        }
        Pause::Already if paused => ErrorCode::RunPaused,
        Pause::Already => ErrorCode::RunNotPaused,
        Pause::Stopping => ErrorCode::RunStopping,
        Pause::Finished => ErrorCode::RunFinished,
    };
    Err(Error::new(code, format!("run `{id}`: {}", code.title())))
}

//! What tasks log.

use serde::Serialize;
use tasker_domain::{LogLevel, LogLine, Path, RunId, StackRunId};

use crate::row::{to_json, without_nul};
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{LOG_BYTES, LOG_LIMIT_MESSAGE, LOG_LINES, Result};

const END_OF_LOG: &str =
    "SELECT seq, total_bytes FROM run_logs WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1";
const INSERT: &str = "
    INSERT INTO run_logs (run_id, frame, seq, line_index, at, level, total_bytes, message)
    SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
    FROM json_each(?3)";
const COUNT_LINES: &str = "UPDATE stack_runs SET log_count = ?2 WHERE id = ?1";

/// A row of the log: number, index in its frame, time, level, size of the log up to it, message.
#[derive(Serialize)]
struct NewLine(i64, u32, i64, LogLevel, i64, String);

/// Stores the frame's lines that are not stored yet, within the bound of the run's log.
/// `stored` is how many of them already were; answers how many are now.
pub(super) fn store<C: Connection>(
    db: &C,
    run: RunId,
    frame: &Path,
    stored: u32,
    lines: &[LogLine],
) -> Result<u32> {
    let fresh: Vec<_> = lines.iter().filter(|line| line.index >= stored).collect();
    let Some(last) = fresh.iter().map(|line| line.index).max() else {
        return Ok(stored);
    };
    let (mut seq, mut total) = match db.one(END_OF_LOG, params![run])? {
        Some(mut row) => (row.get("seq").int()?, row.get("total_bytes").int()?),
        None => (0, 0),
    };
    let mut rows = Vec::with_capacity(fresh.len());
    for line in fresh {
        // The line that says so is the one beyond the limit.
        if seq > LOG_LINES || total > LOG_BYTES {
            break;
        }
        let message = without_nul(&line.message);
        seq += 1;
        total += i64::try_from(message.len()).unwrap_or(i64::MAX);
        rows.push(if seq > LOG_LINES || total > LOG_BYTES {
            NewLine(
                seq,
                line.index,
                line.at,
                LogLevel::Warn,
                total,
                LOG_LIMIT_MESSAGE.to_owned(),
            )
        } else {
            NewLine(seq, line.index, line.at, line.level, total, message)
        });
    }
    if !rows.is_empty() {
        db.execute(INSERT, params![run, frame, to_json(&rows)?])?;
    }
    Ok(last.saturating_add(1))
}

/// Stores lines of a frame that stays live.
pub(super) fn store_and_count<C: Connection>(
    db: &C,
    frame: &FrameLog,
    lines: &[LogLine],
) -> Result<()> {
    let count = store(db, frame.run, &frame.path, frame.stored, lines)?;
    if count != frame.stored {
        db.execute(COUNT_LINES, params![frame.id, count])?;
    }
    Ok(())
}

/// A live frame, as its log needs it.
pub(super) struct FrameLog {
    pub(super) id: StackRunId,
    pub(super) run: RunId,
    pub(super) path: Path,
    /// How many of its lines are stored.
    pub(super) stored: u32,
}

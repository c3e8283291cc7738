//! What tasks log, and how far they say that their run is.

use serde::Serialize;
use tasker_domain::{LogBound, LogLevel, LogLine, Path, RunId, StackRunId};

use crate::row::{to_json, without_nul};
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{NewLog, Result};

const END_OF_LOG: &str =
    "SELECT seq, total_bytes FROM run_logs WHERE run_id = ?1 ORDER BY seq DESC LIMIT 1";
const INSERT: &str = "
    INSERT INTO run_logs (run_id, frame, seq, line_index, at, level, total_bytes, message)
    SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
    FROM json_each(?3)";
/// Lines go from the beginning of what is too much to its end: each commit walks over those that it removes.
const SHORTEN: &str = "
    WITH first (seq) AS (SELECT coalesce(
        (SELECT seq FROM run_logs WHERE run_id = ?1 AND seq <= ?4 AND total_bytes <= ?6 ORDER BY seq DESC LIMIT 1), 0))
    DELETE FROM run_logs
    WHERE run_id = ?1 AND seq > (SELECT seq FROM first) AND seq < coalesce(
        (SELECT n.seq FROM run_logs n
         WHERE n.run_id = ?1 AND n.seq > (SELECT max(seq, ?2 - ?5) FROM first) AND n.total_bytes > ?3 - ?6
         ORDER BY n.seq LIMIT 1),
        ?2)";
/// What a replay says again is not newer.
const SAY: &str = "
    INSERT INTO run_progress (run_id, revision, at, number, value) VALUES (?1, 1, ?2, ?3, ?4)
    ON CONFLICT (run_id) DO UPDATE SET
        revision = revision + 1, at = excluded.at, number = excluded.number, value = excluded.value
    WHERE (excluded.at, excluded.number) > (run_progress.at, run_progress.number)";
const COUNT_LINES: &str = "UPDATE stack_runs SET log_count = ?2 WHERE id = ?1";

/// A row of the log: number, index in its frame, time, level, size of the log up to it, message.
#[derive(Serialize)]
struct NewLine(i64, u32, i64, LogLevel, i64, String);

/// Stores what the frame says of the run's progress, and its lines that are not stored yet. `stored` is how many of them
/// already were; answers how many are now.
/// Lines whose indexes are missing were not kept, and have their numbers all the same.
pub(super) fn store<C: Connection>(
    db: &C,
    run: RunId,
    frame: &Path,
    stored: u32,
    log: &NewLog,
) -> Result<u32> {
    if let Some(progress) = &log.progress {
        let said = params![run, progress.at, progress.number, progress.value.as_str()];
        db.execute(SAY, said)?;
    }
    let fresh: Vec<&LogLine> = log
        .lines
        .iter()
        .filter(|line| line.index >= stored)
        .collect();
    let Some(last) = fresh.iter().map(|line| line.index).max() else {
        return Ok(stored);
    };
    let (before, mut total) = match db.one(END_OF_LOG, params![run])? {
        Some(mut row) => (row.get("seq").int()?, row.get("total_bytes").int()?),
        None => (0, 0),
    };
    let number = |index: u32| before + i64::from(index - stored) + 1;
    let row = |line: &LogLine| {
        let message = without_nul(&line.message);
        total += i64::try_from(message.len()).unwrap_or(i64::MAX);
        NewLine(
            number(line.index),
            line.index,
            line.at,
            line.level,
            total,
            message,
        )
    };
    let rows: Vec<_> = fresh.into_iter().map(row).collect();
    db.execute(INSERT, params![run, frame, to_json(&rows)?])?;
    shorten(db, run, (number(last), total), log.bound)?;
    Ok(last.saturating_add(1))
}

/// Holds the log of a run to its bound. It ends with a line of this number, and had so many bytes.
fn shorten<C: Connection>(
    db: &C,
    run: RunId,
    (last, total): (i64, i64),
    bound: LogBound,
) -> Result<()> {
    let (first, newest, half) = (bound.first(), bound.newest(), bound.half_bytes());
    if last <= i64::from(bound.lines) && total <= 2 * i64::from(half) {
        return Ok(());
    }
    let params = params![run, last, total, first, newest, half];
    db.execute(SHORTEN, params).map(drop)
}

/// Stores lines of a frame that stays live.
pub(super) fn store_and_count<C: Connection>(db: &C, frame: &FrameLog, log: &NewLog) -> Result<()> {
    let count = store(db, frame.run, &frame.path, frame.stored, log)?;
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

//! Schedules.

use tasker_domain::{CatchUp, Origin, Overlap, RunId, Schedule, Skipped, WhySkipped};

use crate::Result;
use crate::row::Row;

pub(crate) fn read_schedules(rows: Vec<Row>) -> Result<Vec<Schedule>> {
    rows.into_iter().map(read_schedule).collect()
}

/// The ids of runs.
pub(crate) fn read_ids(rows: Vec<Row>) -> Result<Vec<RunId>> {
    rows.into_iter().map(|row| row.only().parsed()).collect()
}

/// The moments whose runs wait: the first has a column of its own.
fn read_queued(row: &mut Row) -> Result<Vec<i64>> {
    let mut queued: Vec<i64> = row.get("queued_for").opt_int()?.into_iter().collect();
    queued.extend(row.get("queued_more").json::<Vec<i64>>()?);
    Ok(queued)
}

fn read_skipped(row: &mut Row) -> Result<Option<Skipped>> {
    let moments = row.get("skipped").number()?;
    let (last_at, why) = (
        row.get("skipped_at").opt_int()?,
        row.get("skipped_why").opt_text()?,
    );
    let why = why.and_then(|why| WhySkipped::parse(&why));
    Ok(last_at.zip(why).map(|(last_at, why)| Skipped {
        moments,
        last_at,
        why,
    }))
}

pub(crate) fn read_schedule(mut row: Row) -> Result<Schedule> {
    Ok(Schedule {
        name: row.get("name").text()?,
        task: row.get("task_name").text()?,
        origin: row.get("origin").word(Origin::parse)?,
        cron: row.get("cron").text()?,
        time_zone: row.get("time_zone").text()?,
        overlap: row.get("overlap").word(Overlap::parse)?,
        catch_up: row.get("catch_up").word(CatchUp::parse)?,
        paused: row.get("is_paused").boolean()?,
        next_at: row.get("next_at").opt_int()?,
        queued: read_queued(&mut row)?,
        last_at: row.get("last_at").opt_int()?,
        last_run: row.get("last_run").opt_parsed()?,
        last_problem: row.get("last_problem").opt_text()?,
        skipped: read_skipped(&mut row)?,
        created_at: row.get("created_at").int()?,
        updated_at: row.get("updated_at").int()?,
        input: row.get("input").text()?,
    })
}

//! Schedules.

use tasker_domain::{CatchUp, Origin, Overlap, Schedule};

use crate::Result;
use crate::row::Row;

pub(crate) fn read_schedules(rows: Vec<Row>) -> Result<Vec<Schedule>> {
    rows.into_iter().map(read_schedule).collect()
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
        queued_for: row.get("queued_for").opt_int()?,
        last_at: row.get("last_at").opt_int()?,
        last_run: row.get("last_run").opt_parsed()?,
        last_problem: row.get("last_problem").opt_text()?,
        created_at: row.get("created_at").int()?,
        updated_at: row.get("updated_at").int()?,
        input: row.get("input").text()?,
    })
}

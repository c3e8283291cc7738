//! Schedules.

use tasker_domain::{CatchUp, Origin, Overlap, Schedule};

use crate::Result;
use crate::row::Row;

pub(crate) fn read_schedules(rows: Vec<Row>) -> Result<Vec<Schedule>> {
    rows.into_iter().map(read_schedule).collect()
}

pub(crate) fn read_schedule(mut row: Row) -> Result<Schedule> {
    Ok(Schedule {
        name: row.text()?,
        task: row.text()?,
        origin: row.word(Origin::parse)?,
        cron: row.text()?,
        time_zone: row.text()?,
        overlap: row.word(Overlap::parse)?,
        catch_up: row.word(CatchUp::parse)?,
        paused: row.boolean()?,
        next_at: row.opt_int()?,
        queued_for: row.opt_int()?,
        last_at: row.opt_int()?,
        last_run: row.opt_parsed()?,
        last_problem: row.opt_text()?,
        created_at: row.int()?,
        updated_at: row.int()?,
        input: row.text()?,
    })
}

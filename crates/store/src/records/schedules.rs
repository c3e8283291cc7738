//! Schedules.

use tasker_domain::{CatchUp, Origin, Overlap, Schedule};

use crate::row::Row;
use crate::{Error, Result};

pub(crate) fn read_schedules(rows: Vec<Row>) -> Result<Vec<Schedule>> {
    rows.into_iter().map(read_schedule).collect()
}

pub(crate) fn read_schedule(mut row: Row) -> Result<Schedule> {
    Ok(Schedule {
        name: row.text()?,
        task: row.text()?,
        origin: read_word(&mut row, Origin::parse)?,
        cron: row.text()?,
        time_zone: row.text()?,
        overlap: read_word(&mut row, Overlap::parse)?,
        catch_up: read_word(&mut row, CatchUp::parse)?,
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

pub(crate) fn read_word<T>(row: &mut Row, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    let word = row.text()?;
    parse(&word).ok_or_else(|| Error::Unexpected(format!("a schedule's word {word:?}")))
}

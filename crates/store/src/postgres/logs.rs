//! What tasks log.

use crate::NewLog;
use crate::postgres::connection::{Param, integers, params, texts};
use crate::row::without_nul;

/// A log as the functions take it: index, time, level and message of each line, and how much of all is kept.
pub(super) fn columns(log: &NewLog) -> Vec<Param> {
    let (lines, bound) = (&log.lines, log.bound);
    let mut columns = vec![
        integers(lines.iter().map(|line| i64::from(line.index))),
        integers(lines.iter().map(|line| line.at)),
        texts(lines.iter().map(|line| Some(line.level.as_str()))),
        texts(lines.iter().map(|line| Some(without_nul(&line.message)))),
    ];
    columns.extend_from_slice(params![bound.first(), bound.newest(), bound.half_bytes()]);
    columns
}

//! What tasks log, and how far they say that their run is.

use crate::NewLog;
use crate::postgres::connection::{Param, integers, params, texts};
use crate::row::without_nul;

/// A log as the functions take it: index, time, level and message of each line, how much of all is kept, and the progress.
pub(super) fn columns(log: &NewLog) -> Vec<Param> {
    let (lines, bound) = (&log.lines, log.bound);
    let mut columns = vec![
        integers(lines.iter().map(|line| i64::from(line.index))),
        integers(lines.iter().map(|line| line.at)),
        texts(lines.iter().map(|line| Some(line.level.as_str()))),
        texts(lines.iter().map(|line| Some(without_nul(&line.message)))),
    ];
    columns.extend_from_slice(params![bound.first(), bound.newest(), bound.half_bytes()]);
    let progress = log.progress.as_ref();
    columns.extend_from_slice(params![
        progress.map(|progress| progress.at),
        progress.map(|progress| progress.number),
        progress.map(|progress| progress.value.as_str()),
    ]);
    columns
}

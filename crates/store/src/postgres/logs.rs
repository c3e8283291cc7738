//! What tasks log.

use tasker_domain::LogLine;

use crate::postgres::connection::{Param, integers, texts};
use crate::row::without_nul;

/// Lines as the functions take them: index, time, level and message of each.
pub(super) fn columns(lines: &[LogLine]) -> [Param; 4] {
    [
        integers(lines.iter().map(|line| i64::from(line.index))),
        integers(lines.iter().map(|line| line.at)),
        texts(lines.iter().map(|line| Some(line.level.as_str()))),
        texts(lines.iter().map(|line| Some(without_nul(&line.message)))),
    ]
}

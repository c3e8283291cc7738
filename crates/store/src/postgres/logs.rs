//! What tasks log.

use tasker_domain::{LogLine, RunId, RunLog};

use crate::page::page;
use crate::postgres::connection::{Call, Connection, Param, integers, params, texts};
use crate::records::logs::read_line;
use crate::row::without_nul;
use crate::{Page, Result};

pub(super) fn logs<C: Connection>(
    db: &C,
    run: RunId,
    after: u64,
    limit: u32,
) -> Result<Page<RunLog>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    page(limit, |limit| {
        db.call("logs", params![run, after, limit])?
            .into_iter()
            .map(read_line)
            .collect()
    })
}

/// Lines as the functions take them: index, time, level and message of each.
pub(super) fn columns(lines: &[LogLine]) -> [Param; 4] {
    [
        integers(lines.iter().map(|line| i64::from(line.index))),
        integers(lines.iter().map(|line| line.at)),
        texts(lines.iter().map(|line| Some(line.level.as_str()))),
        texts(lines.iter().map(|line| Some(without_nul(&line.message)))),
    ]
}

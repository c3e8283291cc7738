//! What tasks log.

use tasker_domain::{LogLevel, LogLine, Path, RunLog};

use crate::Result;
use crate::row::Row;

pub(crate) fn read_line(mut row: Row) -> Result<RunLog> {
    Ok(RunLog {
        seq: row.get("seq").number()?,
        frame: Path::from(row.get("frame").text()?),
        line: LogLine {
            index: row.get("line_index").number()?,
            at: row.get("at").int()?,
            level: row.get("level").word(LogLevel::parse)?,
            message: row.get("message").text()?,
        },
    })
}

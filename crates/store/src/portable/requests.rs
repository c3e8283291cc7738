//! How many requests clients make.

use super::{Database, Statement};
use crate::Result;
use crate::postgres::params;
use crate::requests::{REQUESTS_MS, Requested, Requests};

pub(super) const STATEMENTS: &[Statement] = &[FIND, COUNT, FORGET];

/// A count that a clock far ahead has begun would never end.
const FIND: Statement = Statement {
    head: "requests(text, bigint, bigint)",
    answer: "TABLE (started_at bigint, times bigint)",
    sql: "
    SELECT started_at, times FROM request_counts
    WHERE asker = $1 AND started_at > $2 AND started_at <= $3",
};

const COUNT: Statement = Statement {
    head: "count_requests(text, bigint, bigint, bigint)",
    answer: "TABLE (times bigint)",
    sql: "
    INSERT INTO request_counts AS c (asker, started_at, times) VALUES ($1, $2, $3)
    ON CONFLICT (asker) DO UPDATE SET
        started_at = CASE WHEN c.started_at > $4 AND c.started_at <= excluded.started_at
            THEN c.started_at ELSE excluded.started_at END,
        times = CASE WHEN c.started_at > $4 AND c.started_at <= excluded.started_at
            THEN c.times ELSE 0 END + excluded.times
    RETURNING times",
};

const FORGET: Statement = Statement {
    head: "forget_requests(bigint, bigint)",
    answer: "TABLE (asker text)",
    sql: "
    WITH due AS MATERIALIZED (
        SELECT asker FROM request_counts WHERE started_at <= $1
        ORDER BY started_at LIMIT $2 /*postgres FOR UPDATE SKIP LOCKED */
    )
    DELETE FROM request_counts WHERE asker IN (SELECT asker FROM due)
    RETURNING asker",
};

impl<D: Database> Requests for D {
    fn requests(&self, asker: &str, now: i64) -> Result<Option<Requested>> {
        let found = self.row(&FIND, params![asker, now - REQUESTS_MS, now])?;
        let read = |mut row: crate::row::Row| {
            Ok(Requested {
                times: row.get("times").number()?,
                until: row.get("started_at").int()? + REQUESTS_MS,
            })
        };
        found.map(read).transpose()
    }

    fn count_requests(&self, asker: &str, times: u32, now: i64) -> Result<bool> {
        let counted = self.row(&COUNT, params![asker, now, times, now - REQUESTS_MS])?;
        let counted: Option<u32> = counted.map(|row| row.only().number()).transpose()?;
        Ok(counted == Some(times))
    }

    fn forget_requests(&self, limit: u32, now: i64) -> Result<u32> {
        let forgotten = self.rows(&FORGET, params![now - REQUESTS_MS, limit])?;
        Ok(u32::try_from(forgotten.len()).unwrap_or(u32::MAX))
    }
}

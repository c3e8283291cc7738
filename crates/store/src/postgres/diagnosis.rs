//! Looking at the records as a whole, and repairing them.

use tasker_domain::diagnosis::{Backlog, Damage, DamageKind, DatabaseState, Wait};
use tasker_domain::{RunId, StackRunId};
use uuid::Uuid;

use crate::diagnosis::{Diagnosis, StoredFrame};
use crate::page::page;
use crate::portable::{damage, repair};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::records::diagnosis::{read_frame, read_wait};
use crate::schema::{NEWEST, missing};
use crate::{Page, Result};

impl<C: Connection> Diagnosis for Postgres<C> {
    fn database(&self, fresh_ms: i64, now: i64) -> Result<DatabaseState> {
        let mut row = self.connection.row("database", params![fresh_ms, now])?;
        let schema = row.get("version").int()?;
        Ok(DatabaseState {
            schema,
            newest: NEWEST,
            missing: missing(schema),
            clock: row.get("now").int()?,
            swept_at: row.get("swept_at").int()?,
            drainers: row.get("drainers").number()?,
        })
    }

    /// PostgreSQL finds damage as it meets it, by its checksums.
    fn integrity(&self, _most: u64) -> Result<Option<String>> {
        Ok(None)
    }

    fn can_shrink(&self) -> Result<bool> {
        Ok(true)
    }

    fn backlog(&self, bound: u32, now: i64) -> Result<Backlog> {
        let mut row = self.connection.row("backlog", params![bound, now])?;
        Ok(Backlog {
            due: row.get("due").number()?,
            oldest_ms: row
                .get("oldest")
                .opt_int()?
                .map_or(0, |due| (now - due).max(0)),
        })
    }

    fn damage(&self, limit: u32, now: i64) -> Result<Vec<Damage>> {
        damage::damage(self, limit, now)
    }

    fn repair(&self, kind: DamageKind, limit: u32, now: i64) -> Result<u32> {
        repair::repair(self, kind, limit, now)
    }

    fn waits(&self, unmoved_since: i64, limit: u32) -> Result<Vec<Wait>> {
        self.connection
            .call("waits", params![unmoved_since, limit])?
            .into_iter()
            .map(read_wait)
            .collect()
    }

    fn frames(
        &self,
        run: Option<RunId>,
        after: Option<StackRunId>,
        limit: u32,
    ) -> Result<Page<StoredFrame>> {
        let after = after.unwrap_or(StackRunId(Uuid::nil()));
        page(limit, |limit| {
            self.connection
                .call("frames", params![run, after, limit])?
                .into_iter()
                .map(read_frame)
                .collect()
        })
    }

    fn drop_snapshot(&self, frame: StackRunId, wake: bool, now: i64) -> Result<bool> {
        repair::drop_snapshot(self, frame, wake, now)
    }
}

//! Looking at the records as a whole, and repairing them.

use tasker_domain::diagnosis::{Backlog, Damage, DamageKind, DatabaseState, Wait};
use tasker_domain::{RunId, StackRunId};
use uuid::Uuid;

use crate::diagnosis::{CLOCK_TOLERANCE_MS, Diagnosis, LEASE_MAX_MS, StoredFrame};
use crate::page::page;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::records::diagnosis::{read_damage, read_frame, read_wait};
use crate::records::queue::HELD;
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
        let kinds: Vec<_> = DamageKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let (lease, clock) = (now + LEASE_MAX_MS, now + CLOCK_TOLERANCE_MS);
        self.connection
            .call("damage", params![json(&kinds)?, limit, now, lease, clock])?
            .into_iter()
            .map(|mut row| {
                let kind = row.get("kind").word(DamageKind::parse)?;
                read_damage(kind, row)
            })
            .collect()
    }

    fn repair(&self, kind: DamageKind, limit: u32, now: i64) -> Result<u32> {
        let (lease, clock) = (now + LEASE_MAX_MS, now + CLOCK_TOLERANCE_MS);
        let params = params![kind.as_str(), limit, now, lease, clock, HELD];
        self.connection.value("repair", params)?.number()
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
        self.connection
            .value("drop_snapshot", params![frame, wake, now])?
            .boolean()
    }
}

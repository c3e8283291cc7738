//! Putting right what lost workers left behind.

use tasker_domain::StackRunId;

use crate::diagnosis::CLOCK_TOLERANCE_MS;
use crate::limits::DUE_COUNTED;
use crate::portable::Database;
use crate::portable::repair::{FREE_LEASES, MOVE_BACK};
use crate::portable::stop::has_unseen;
use crate::records::stop::executor_lost;
use crate::row::to_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::schedules::any_due;
use crate::sqlite::{Sqlite, Within, events, finish, slots, stop};
use crate::sweep::Sweeping;
use crate::{Error, Result, SweepReport, SweepTerms};

/// How many rows are pending and due at a moment, counted up to a bound.
macro_rules! count_due {
    ($now:literal, $bound:literal) => {
        concat!(
            "SELECT count(*) FROM (SELECT 1 FROM stack_runs
             WHERE status = 'pending' AND paused = 0 AND kind IN ('frame', 'call') AND run_after <= ",
            $now,
            " LIMIT ",
            $bound,
            ")"
        )
    };
}

const RECLAIM: &str = "
    UPDATE stack_runs SET status = 'pending', attempt = attempt + 1, run_after = ?1,
        lease_owner = NULL, lease_expires_at = NULL, updated_at = ?1
    WHERE id IN (
        SELECT id FROM stack_runs INDEXED BY stack_runs_processing
        WHERE status = 'processing' AND lease_expires_at <= ?1 AND attempt + 1 < ?2
        ORDER BY lease_expires_at, id LIMIT ?3)
    RETURNING 1";
const LOST: &str = "
    SELECT id FROM stack_runs INDEXED BY stack_runs_processing
    WHERE status = 'processing' AND lease_expires_at <= ?1 AND attempt + 1 >= ?2
    ORDER BY lease_expires_at, id LIMIT ?3";
/// Sleeping frames, and whether each has something to wake for. One that waits for nothing at all
/// is woken too, so that its executor ends it.
const SLEEPERS: &str = concat!(
    "SELECT s.id, ",
    has_unseen!(),
    " OR NOT EXISTS (SELECT 1 FROM stack_runs c WHERE c.parent_id = s.id) AS wakes
      FROM stack_runs s INDEXED BY stack_runs_suspended
      WHERE s.status = 'suspended' AND s.id > ?1 ORDER BY s.id LIMIT ?2"
);
const WAKE: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?2, updated_at = ?2
    WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'suspended' RETURNING 1";
const LAST_SWEEP: &str = "SELECT swept_at FROM sweeps WHERE id = 1";
/// Records the sweep and looks for work: one look into an index for each kind, so that a sweep of
/// an idle queue is this statement alone. A last sweep later than ?3 stays: the clock has
/// jumped back, and that is put right first.
const LOOK: &str = concat!(
    "INSERT INTO sweeps (id, swept_at, looked_up_to) VALUES (1, ?1, '')
     ON CONFLICT (id) DO UPDATE SET
         swept_at = CASE WHEN swept_at > ?3 THEN swept_at ELSE excluded.swept_at END
     RETURNING swept_at > ?3 AS clock_jumped, looked_up_to,
         EXISTS (SELECT 1 FROM stack_runs s INDEXED BY stack_runs_processing
                 WHERE s.status = 'processing' AND s.lease_expires_at <= ?1) AS leases_expired,
         EXISTS (SELECT 1 FROM stack_runs s INDEXED BY stack_runs_suspended
                 WHERE s.status = 'suspended') AS frames_sleep,
         EXISTS (SELECT 1 FROM events WHERE expires_at <= ?1) AS events_expired,
         EXISTS (SELECT 1 FROM stack_runs s INDEXED BY stack_runs_expires
                 WHERE s.expires_at <= ?1) AS has_expired, (",
    count_due!("?1", "?2"),
    ") AS due, ",
    any_due!(),
    " AS schedules_due, (SELECT finished_at FROM task_runs INDEXED BY task_runs_ended
        WHERE finished_at IS NOT NULL AND retention_ms IS NULL ORDER BY finished_at LIMIT 1) AS oldest_ended,
       (SELECT finished_at + retention_ms FROM task_runs INDEXED BY task_runs_expired
        WHERE finished_at IS NOT NULL AND retention_ms IS NOT NULL
        ORDER BY finished_at + retention_ms LIMIT 1) AS oldest_expired,
       (SELECT min(expires_at) FROM idempotency_keys) AS key_expires,
       EXISTS (SELECT 1 FROM task_runs INDEXED BY task_runs_held
               WHERE slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL) AS runs_wait"
);
const DUE: &str = count_due!("?1", "?2");
const SWEPT_AT: &str = "UPDATE sweeps SET swept_at = ?1 WHERE id = 1";
const SHORTEN_LEASES: &str = "
    UPDATE stack_runs SET lease_expires_at = ?1
    WHERE status = 'processing' AND lease_expires_at > ?1 RETURNING 1";
const LOOKED_UP_TO: &str = "UPDATE sweeps SET looked_up_to = ?1 WHERE id = 1";

impl<C: Connection> Sweeping for Sqlite<C> {
    fn sweep(&self, terms: &SweepTerms, now: i64) -> Result<SweepReport> {
        let db = &self.connection;
        let SweepTerms {
            max_attempts,
            limit,
            grace_ms,
        } = *terms;
        let mut look = look(db, now)?;
        if look.clock_jumped {
            db.transaction(|db| after_clock_jump(db, limit, now))?;
            look = self::look(db, now)?;
        }
        let mut report = SweepReport {
            due: look.due,
            schedules_due: look.schedules_due,
            oldest: look.oldest,
            key_expires: look.key_expires,
            ..SweepReport::default()
        };
        if look.leases_expired || look.has_expired || look.runs_wait {
            db.transaction(|db| {
                if look.leases_expired {
                    let reclaimed = db.execute(RECLAIM, params![now, max_attempts, limit])?;
                    report.reclaimed = count(reclaimed.len());
                    report.failed = give_up_lost(db, max_attempts, limit, now)?;
                }
                if look.has_expired {
                    report.expired = stop::expire_within(db, limit, grace_ms, now)?;
                }
                if look.runs_wait {
                    slots::sweep(db, now)?;
                }
                Ok(())
            })?;
        }
        if look.frames_sleep {
            report.woken = wake_sleepers(db, &look.looked_up_to, limit, now)?;
        }
        if look.events_expired {
            events::remove_expired(db, limit, now)?;
        }
        if look.runs_wait || report.reclaimed + report.failed + report.woken + report.expired > 0 {
            report.due = match db.one(DUE, params![now, DUE_COUNTED])? {
                Some(row) => row.only().number()?,
                None => 0,
            };
        }
        Ok(report)
    }

    fn last_sweep(&self) -> Result<i64> {
        last_sweep(&self.connection)
    }
}

/// What a look at the queue finds.
struct Look {
    clock_jumped: bool,
    looked_up_to: String,
    leases_expired: bool,
    frames_sleep: bool,
    events_expired: bool,
    has_expired: bool,
    due: u32,
    schedules_due: bool,
    oldest: (Option<i64>, Option<i64>),
    key_expires: Option<i64>,
    runs_wait: bool,
}

fn look<C: Connection>(db: &C, now: i64) -> Result<Look> {
    let mut row = db
        .one(LOOK, params![now, DUE_COUNTED, now + CLOCK_TOLERANCE_MS])?
        .ok_or_else(|| Error::Unexpected("a sweep was not recorded".to_owned()))?;
    Ok(Look {
        clock_jumped: row.get("clock_jumped").boolean()?,
        looked_up_to: row.get("looked_up_to").text()?,
        leases_expired: row.get("leases_expired").boolean()?,
        frames_sleep: row.get("frames_sleep").boolean()?,
        events_expired: row.get("events_expired").boolean()?,
        has_expired: row.get("has_expired").boolean()?,
        due: row.get("due").number()?,
        schedules_due: row.get("schedules_due").boolean()?,
        oldest: (
            row.get("oldest_ended").opt_int()?,
            row.get("oldest_expired").opt_int()?,
        ),
        key_expires: row.get("key_expires").opt_int()?,
        runs_wait: row.get("runs_wait").boolean()?,
    })
}

/// The clock has jumped back: a lease, a drainer's slot and a pause before another attempt would now
/// last longer by that much. A worker that is alive renews its lease; a moment that a task named
/// stays what it is.
fn after_clock_jump<C: Connection>(db: &C, limit: u32, now: i64) -> Result<()> {
    let latest = now + CLOCK_TOLERANCE_MS;
    db.execute(SHORTEN_LEASES, params![latest])?;
    Within(db).rows(&FREE_LEASES, &[latest.into()])?;
    let moved = Within(db).rows(&MOVE_BACK, &[now.into(), latest.into(), limit.into()])?;
    // With more to move, the next sweep must find that the clock has jumped.
    if count(moved.len()) < limit {
        db.execute(SWEPT_AT, params![now])?;
    }
    Ok(())
}

fn give_up_lost<C: Connection>(db: &C, max_attempts: u32, limit: u32, now: i64) -> Result<u32> {
    let outcome = Err(executor_lost());
    let mut failed = 0;
    for row in db.execute(LOST, params![now, max_attempts, limit])? {
        // One given up earlier may have taken this along.
        failed += u32::from(finish::give_up(db, row.only().parsed()?, &outcome, now)?);
    }
    Ok(failed)
}

/// Looks at the next `limit` sleeping frames, each sweep where the last one stopped: there may be
/// very many, of which none should be awake. It looks before it takes the write lock: waking a frame
/// that is fine costs a slice, and nothing else.
fn wake_sleepers<C: Connection>(db: &C, after: &str, limit: u32, now: i64) -> Result<u32> {
    let sleepers = db
        .execute(SLEEPERS, params![after, limit])?
        .into_iter()
        .map(|mut row| Ok((row.get("id").parsed()?, row.get("wakes").boolean()?)))
        .collect::<Result<Vec<(StackRunId, bool)>>>()?;
    let up_to = match sleepers.last() {
        Some((id, _)) if count(sleepers.len()) == limit => id.to_string(),
        _ => String::new(),
    };
    let awake: Vec<_> = sleepers
        .iter()
        .filter(|(_, wakes)| *wakes)
        .map(|(id, _)| id)
        .collect();
    let mut woken = 0;
    if !awake.is_empty() {
        woken = db.execute(WAKE, params![to_json(&awake)?, now])?.len();
    }
    if up_to != after {
        db.execute(LOOKED_UP_TO, params![up_to])?;
    }
    Ok(count(woken))
}

pub(super) fn last_sweep<C: Connection>(db: &C) -> Result<i64> {
    match db.one(LAST_SWEEP, vec![])? {
        Some(row) => row.only().int(),
        None => Ok(0),
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

//! The lease of a stack run: prolonging it, giving it back, and what is asked of who has it.

use tasker_domain::Lease;

use crate::leases::Leases;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Sqlite, attempts};
use crate::{Control, Error, Failure, Result};

const RENEW: &str = "
    UPDATE stack_runs SET lease_expires_at = ?3
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' RETURNING 1";
const GIVE_BACK: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?3, attempt = attempt + ?4,
        lease_owner = NULL, lease_expires_at = NULL, updated_at = ?5
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' RETURNING 1";
/// A lost attempt is counted by the row and recorded nowhere.
const WAS_LOST: &str = "
    SELECT s.attempt > (SELECT count(*) FROM call_attempts a WHERE a.run_id = s.run_id AND a.path = s.path)
    FROM stack_runs s WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing' AND s.kind = 'call'";
const CONTROL: &str = "
    SELECT stop_untold, paused FROM stack_runs WHERE id = ?1 AND lease_token = ?2 AND status = 'processing'";

impl<C: Connection> Leases for Sqlite<C> {
    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()> {
        self.connection
            .one(RENEW, params![lease.id, lease.token.0, expires_at])?
            .ok_or(Error::LeaseLost)?;
        Ok(())
    }

    fn give_back(
        &self,
        lease: Lease,
        run_after: i64,
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()> {
        let db = &self.connection;
        let give_back = |db: &C| {
            let params = params![lease.id, lease.token.0, run_after, failure.is_some(), now];
            db.one(GIVE_BACK, params)?.ok_or(Error::LeaseLost)?;
            Ok(())
        };
        let Some(failure) = failure else {
            return give_back(db);
        };
        db.transaction(|db| {
            attempts::add(db, lease, failure, run_after, now)?;
            give_back(db)
        })
    }

    fn was_lost(&self, lease: Lease) -> Result<bool> {
        let row = self
            .connection
            .one(WAS_LOST, params![lease.id, lease.token.0])?;
        row.ok_or(Error::LeaseLost)?.only().boolean()
    }

    fn control(&self, lease: Lease) -> Result<Control> {
        control(&self.connection, lease)
    }
}

pub(super) fn control<C: Connection>(db: &C, lease: Lease) -> Result<Control> {
    let mut row = db
        .one(CONTROL, params![lease.id, lease.token.0])?
        .ok_or(Error::LeaseLost)?;
    Control::read(&mut row)
}

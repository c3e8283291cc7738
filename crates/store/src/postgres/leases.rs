//! The lease of a stack run: prolonging it, giving it back, and what is asked of who has it.

use tasker_domain::Lease;

use crate::leases::Leases;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::row::to_json;
use crate::{Control, Error, Failure, Result};

impl<C: Connection> Leases for Postgres<C> {
    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()> {
        self.connection
            .leased("renew", params![lease.id, lease.token.0, expires_at])
    }

    fn give_back(
        &self,
        lease: Lease,
        run_after: i64,
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()> {
        let error = failure.map(|failure| to_json(&failure.error)).transpose()?;
        let params = params![
            lease.id,
            lease.token.0,
            run_after,
            failure.map(|failure| failure.started_at),
            error,
            now
        ];
        self.connection.leased("give_back", params)
    }

    fn was_lost(&self, lease: Lease) -> Result<bool> {
        let row = self
            .connection
            .one("was_lost", params![lease.id, lease.token.0])?;
        row.ok_or(Error::LeaseLost)?.only().boolean()
    }

    fn control(&self, lease: Lease) -> Result<Control> {
        let mut row = self
            .connection
            .one("control", params![lease.id, lease.token.0])?
            .ok_or(Error::LeaseLost)?;
        Control::read(&mut row)
    }
}

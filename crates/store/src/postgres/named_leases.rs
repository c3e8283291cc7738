//! Leases with a name.

use crate::named_leases::NamedLeases;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::{LeaseOutcome, NewLease, Result};

impl<C: Connection> NamedLeases for Postgres<C> {
    fn take_lease(&self, lease: &NewLease<'_>, now: i64) -> Result<LeaseOutcome> {
        let wanted = params![
            lease.name,
            lease.at_once,
            lease.token,
            lease.expires_at,
            now
        ];
        let mut row = self.connection.row("take_lease", wanted)?;
        Ok(match row.get("place").opt_number()? {
            Some(place) => LeaseOutcome::Taken(place),
            None => LeaseOutcome::HeldUntil(row.get("until").int()?),
        })
    }

    fn renew_lease(&self, name: &str, token: &str, expires_at: i64) -> Result<bool> {
        self.connection
            .value("renew_lease", params![name, token, expires_at])?
            .boolean()
    }

    fn give_back_lease(&self, name: &str, token: &str) -> Result<bool> {
        self.connection
            .value("give_back_lease", params![name, token])?
            .boolean()
    }

    fn give_back_if_idle(&self, name: &str, token: &str, now: i64) -> Result<bool> {
        self.connection
            .value("give_back_if_idle", params![name, token, now])?
            .boolean()
    }
}

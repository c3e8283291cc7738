//! The queue: claiming stack runs, and what is due.

use tasker_domain::{Claimed, Lease};

use crate::postgres::connection::{Call, Connection, params};
use crate::postgres::{Param, Postgres};
use crate::queue::{AtWork, Queue};
use crate::records::queue::{self, read_claimed_row};
use crate::{LeaseTerms, Result};

impl<C: Connection> Queue for Postgres<C> {
    fn claim(&self, frames: u32, calls: u32, terms: &LeaseTerms, now: i64) -> Result<Vec<Claimed>> {
        let owner = terms.owner.as_str();
        let claim = params![frames, calls, false, owner, terms.expires_at, now];
        admitted(&self.connection, claim, now)
    }

    fn claim_other(&self, terms: &LeaseTerms, now: i64) -> Result<Option<Claimed>> {
        let owner = terms.owner.as_str();
        let claim = params![1u32, 0u32, true, owner, terms.expires_at, now];
        Ok(admitted(&self.connection, claim, now)?.pop())
    }

    fn queue_depth(&self, now: i64) -> Result<(u64, i64)> {
        let mut row = self.connection.row("queue_depth", params![now])?;
        Ok((row.get("depth").number()?, row.get("oldest").int()?))
    }

    fn next_due(&self) -> Result<Option<i64>> {
        self.connection.value("next_due", params![])?.opt_int()
    }

    fn at_work(&self) -> Result<AtWork> {
        let mut row = self.connection.row("at_work", params![])?;
        Ok(AtWork {
            frames: row.get("frames").number()?,
            calls: row.get("calls").number()?,
        })
    }
}

/// Those of the rows that a claim finds whose runs may begin.
fn admitted<C: Connection>(db: &C, claim: &[Param], now: i64) -> Result<Vec<Claimed>> {
    let rows = db.call("claim", claim)?;
    let claimed = rows
        .into_iter()
        .map(read_claimed_row)
        .collect::<Result<_>>()?;
    // In a statement of its own: a claim holds no runs.
    queue::claims(claimed, |claimed| admit_claimed(db, claimed.lease, now))
}

/// Admits a run whose root frame was claimed because its moment had come. `false`: it has to wait, and
/// the frame was given back.
fn admit_claimed<C: Connection>(db: &C, lease: Lease, now: i64) -> Result<bool> {
    db.value("admit_claimed", params![lease.id, lease.token.0, now])?
        .boolean()
}

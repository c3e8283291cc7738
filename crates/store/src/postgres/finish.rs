//! The end of a frame or of a queued call.

use tasker_domain::Lease;
use tasker_domain::retry::is_fault;

use crate::finish::Finishing;
use crate::postgres::connection::{Call, Connection, params};
use crate::postgres::{Postgres, logs};
use crate::records::journal::write_outcome;
use crate::records::queue::read_claimed;
use crate::row::Row;
use crate::{Finish, FollowUp, LeaseTerms, Result};

impl<C: Connection> Finishing for Postgres<C> {
    fn finish(
        &self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        let (ok, value) = write_outcome(&finish.outcome)?;
        let mut params = params![
            lease.id,
            lease.token.0,
            ok,
            value,
            claim.map(|terms| terms.owner.as_str()),
            claim.map(|terms| terms.expires_at),
            now,
            finish.outcome.as_ref().is_err_and(is_fault),
        ]
        .to_vec();
        params.extend(logs::columns(&finish.logs));
        read_follow_up(self.connection.one("finish", &params)?)
    }
}

/// What the end of a stack run left to do: whether its parent was claimed, and the parent.
pub(super) fn read_follow_up(woken: Option<Row>) -> Result<FollowUp> {
    let Some(mut woken) = woken else {
        return Ok(FollowUp::default());
    };
    let is_claimed = woken.get("claimed").boolean()?;
    Ok(FollowUp {
        next: match is_claimed {
            true => Some(read_claimed(&mut woken)?),
            false => None,
        },
        more: !is_claimed,
        ..FollowUp::default()
    })
}

//! Values that the instances of a service share.

use super::{Database, Statement};
use crate::postgres::params;
use crate::{Result, Shared, SharedKey, SharedValues};

pub(super) const STATEMENTS: &[Statement] = &[FIND, LEASE, PUT, GIVE_UP, FORGET, DROP_EXPIRED];

const FIND: Statement = Statement {
    head: "shared(text, text)",
    answer: "SETOF shared_values",
    sql: "SELECT * FROM shared_values WHERE service = $1 AND key = $2",
};

/// Takes the right to make a value, unless it is fresh or being made.
const LEASE: Statement = Statement {
    head: "lease_shared(text, text, text, bigint, bigint)",
    answer: "TABLE (revision bigint)",
    sql: "
    INSERT INTO shared_values (service, key, revision, fresh_until, lease_token, lease_expires_at)
    VALUES ($1, $2, 0, 0, $3, $4)
    ON CONFLICT (service, key) DO UPDATE
        SET lease_token = excluded.lease_token, lease_expires_at = excluded.lease_expires_at
        WHERE shared_values.fresh_until <= $5
            AND (shared_values.lease_token IS NULL OR shared_values.lease_expires_at <= $5)
    RETURNING revision",
};

const PUT: Statement = Statement {
    head: "put_shared(bytea, bigint, text, text, text)",
    answer: "TABLE (revision bigint)",
    sql: "
    UPDATE shared_values
    SET ciphertext = $1, fresh_until = $2, revision = revision + 1, lease_token = NULL, lease_expires_at = NULL
    WHERE service = $3 AND key = $4 AND lease_token = $5
    RETURNING revision",
};

const GIVE_UP: Statement = Statement {
    head: "give_up_shared(text, text, text)",
    answer: "TABLE (revision bigint)",
    sql: "
    UPDATE shared_values SET lease_token = NULL, lease_expires_at = NULL
    WHERE service = $1 AND key = $2 AND lease_token = $3
    RETURNING revision",
};

const FORGET: Statement = Statement {
    head: "forget_shared(text, text, bigint)",
    answer: "TABLE (revision bigint)",
    sql: "
    UPDATE shared_values SET fresh_until = 0, ciphertext = NULL
    WHERE service = $1 AND key = $2 AND revision = $3 AND fresh_until > 0
    RETURNING revision",
};

/// The revision goes too, so a value comes back with one that was used before: by then nobody remembers that one.
const DROP_EXPIRED: Statement = Statement {
    head: "drop_expired_shared(bigint, bigint)",
    answer: "TABLE (revision bigint)",
    sql: "
    WITH due AS MATERIALIZED (
        SELECT service, key FROM shared_values
        WHERE fresh_until < $1 AND (lease_token IS NULL OR lease_expires_at < $1)
        ORDER BY fresh_until LIMIT $2 /*postgres FOR UPDATE SKIP LOCKED */
    )
    DELETE FROM shared_values WHERE (service, key) IN (SELECT service, key FROM due)
    RETURNING revision",
};

impl<D: Database> SharedValues for D {
    fn shared(&self, key: SharedKey<'_>, token: &str, expires_at: i64, now: i64) -> Result<Shared> {
        // Nearly always there is a fresh value: reading it takes no lock.
        if let (Some(fresh), _) = find(self, key, now)? {
            return Ok(fresh);
        }
        let lease = params![key.service, key.key, token, expires_at, now];
        if self.any(&LEASE, lease)? {
            return Ok(Shared::Make);
        }
        // Someone was quicker: with a value, or with the right to make one.
        let (fresh, held_until) = find(self, key, now)?;
        let until = held_until.unwrap_or(now);
        Ok(fresh.unwrap_or(Shared::Wait { until }))
    }

    fn put_shared(
        &self,
        key: SharedKey<'_>,
        token: &str,
        ciphertext: &[u8],
        fresh_until: i64,
    ) -> Result<Option<i64>> {
        let put = params![ciphertext, fresh_until, key.service, key.key, token];
        let put = self.row(&PUT, put)?;
        put.map(|row| row.only().int()).transpose()
    }

    fn give_up_shared(&self, key: SharedKey<'_>, token: &str) -> Result<()> {
        self.rows(&GIVE_UP, params![key.service, key.key, token])
            .map(drop)
    }

    fn forget_shared(&self, key: SharedKey<'_>, revision: i64) -> Result<bool> {
        self.any(&FORGET, params![key.service, key.key, revision])
    }

    fn drop_expired_shared(&self, before: i64, limit: u32) -> Result<u32> {
        let dropped = self.rows(&DROP_EXPIRED, params![before, limit])?;
        Ok(u32::try_from(dropped.len()).unwrap_or(u32::MAX))
    }
}

/// The value of a key if it is fresh, and until when someone makes one.
fn find<D: Database>(
    db: &D,
    key: SharedKey<'_>,
    now: i64,
) -> Result<(Option<Shared>, Option<i64>)> {
    let Some(mut row) = db.row(&FIND, params![key.service, key.key])? else {
        return Ok((None, None));
    };
    let fresh = match row.get("fresh_until").int()? > now {
        true => Some(Shared::Fresh {
            ciphertext: row.get("ciphertext").blob()?,
            revision: row.get("revision").int()?,
        }),
        false => None,
    };
    Ok((fresh, row.get("lease_expires_at").opt_int()?))
}

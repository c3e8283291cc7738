//! Values that the instances of a service share.

use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{Result, Shared, SharedKey, SharedValues};

const FRESH: &str = "
    SELECT ciphertext, revision FROM shared_values
    WHERE service = ?1 AND key = ?2 AND fresh_until > ?3";
const LEASE: &str = "
    INSERT INTO shared_values (service, key, revision, fresh_until, lease_token, lease_expires_at)
    VALUES (?1, ?2, 0, 0, ?3, ?4)
    ON CONFLICT (service, key) DO UPDATE
        SET lease_token = excluded.lease_token, lease_expires_at = excluded.lease_expires_at
        WHERE lease_token IS NULL OR lease_expires_at <= ?5
    RETURNING 1";
const HELD_UNTIL: &str =
    "SELECT lease_expires_at FROM shared_values WHERE service = ?1 AND key = ?2";
const PUT: &str = "
    UPDATE shared_values
    SET ciphertext = ?4, fresh_until = ?5, revision = revision + 1,
        lease_token = NULL, lease_expires_at = NULL
    WHERE service = ?1 AND key = ?2 AND lease_token = ?3
    RETURNING revision";
const GIVE_UP: &str = "
    UPDATE shared_values SET lease_token = NULL, lease_expires_at = NULL
    WHERE service = ?1 AND key = ?2 AND lease_token = ?3";
const FORGET: &str = "
    UPDATE shared_values SET fresh_until = 0, ciphertext = NULL
    WHERE service = ?1 AND key = ?2 AND revision = ?3 AND fresh_until > 0
    RETURNING 1";
// The revision goes too, so a value comes back with one that was used before: by then nobody
// remembers that one.
const DROP_EXPIRED: &str = "
    DELETE FROM shared_values WHERE (service, key) IN (
        SELECT service, key FROM shared_values
        WHERE fresh_until < ?1 AND (lease_token IS NULL OR lease_expires_at < ?1)
        ORDER BY fresh_until LIMIT ?2)
    RETURNING 1";

impl<C: Connection> SharedValues for Sqlite<C> {
    fn shared(&self, key: SharedKey<'_>, token: &str, expires_at: i64, now: i64) -> Result<Shared> {
        // Nearly always there is a fresh value: reading it takes no lock.
        if let Some(fresh) = fresh(&self.connection, key, now)? {
            return Ok(fresh);
        }
        self.connection.transaction(|db| {
            if let Some(fresh) = fresh(db, key, now)? {
                return Ok(fresh);
            }
            let lease = params![key.service, key.key, token, expires_at, now];
            if db.one(LEASE, lease)?.is_some() {
                return Ok(Shared::Make);
            }
            let held = db.one(HELD_UNTIL, params![key.service, key.key])?;
            let until = held.map_or(Ok(now), |row| row.only().int())?;
            Ok(Shared::Wait { until })
        })
    }

    fn put_shared(
        &self,
        key: SharedKey<'_>,
        token: &str,
        ciphertext: &[u8],
        fresh_until: i64,
    ) -> Result<Option<i64>> {
        let put = params![key.service, key.key, token, ciphertext, fresh_until];
        self.connection
            .one(PUT, put)?
            .map(|row| row.only().int())
            .transpose()
    }

    fn give_up_shared(&self, key: SharedKey<'_>, token: &str) -> Result<()> {
        self.connection
            .execute(GIVE_UP, params![key.service, key.key, token])
            .map(drop)
    }

    fn forget_shared(&self, key: SharedKey<'_>, revision: i64) -> Result<bool> {
        let forget = params![key.service, key.key, revision];
        Ok(self.connection.one(FORGET, forget)?.is_some())
    }

    fn drop_expired_shared(&self, before: i64, limit: u32) -> Result<u32> {
        let dropped = self
            .connection
            .execute(DROP_EXPIRED, params![before, limit])?;
        Ok(u32::try_from(dropped.len()).unwrap_or(u32::MAX))
    }
}

fn fresh<C: Connection>(db: &C, key: SharedKey<'_>, now: i64) -> Result<Option<Shared>> {
    let Some(mut row) = db.one(FRESH, params![key.service, key.key, now])? else {
        return Ok(None);
    };
    Ok(Some(Shared::Fresh {
        ciphertext: row.get("ciphertext").blob()?,
        revision: row.get("revision").int()?,
    }))
}

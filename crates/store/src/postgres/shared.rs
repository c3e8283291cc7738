//! Values that the instances of a service share.

use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::{Result, Shared, SharedKey, SharedValues};

impl<C: Connection> SharedValues for Postgres<C> {
    fn shared(&self, key: SharedKey<'_>, token: &str, expires_at: i64, now: i64) -> Result<Shared> {
        let asked = params![key.service, key.key, token, expires_at, now];
        let Some(mut row) = self.connection.one("shared", asked)? else {
            return Ok(Shared::Make);
        };
        Ok(match row.get("ciphertext").opt_blob()? {
            Some(ciphertext) => Shared::Fresh {
                ciphertext,
                revision: row.get("revision").int()?,
            },
            None => Shared::Wait {
                until: row.get("until").int()?,
            },
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
        self.connection.value("put_shared", put)?.opt_int()
    }

    fn give_up_shared(&self, key: SharedKey<'_>, token: &str) -> Result<()> {
        self.connection
            .value("give_up_shared", params![key.service, key.key, token])
            .map(drop)
    }

    fn forget_shared(&self, key: SharedKey<'_>, revision: i64) -> Result<bool> {
        self.connection
            .value("forget_shared", params![key.service, key.key, revision])?
            .boolean()
    }

    fn drop_expired_shared(&self, before: i64, limit: u32) -> Result<u32> {
        self.connection
            .value("drop_expired_shared", params![before, limit])?
            .number()
    }
}

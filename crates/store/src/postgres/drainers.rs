//! The drainers' slots.

use crate::Result;
use crate::drainers::Drainers;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};

impl<C: Connection> Drainers for Postgres<C> {
    fn take_slot(&self, slots: u32, token: &str, expires_at: i64, now: i64) -> Result<Option<u32>> {
        self.connection
            .value("take_slot", params![slots, token, expires_at, now])?
            .opt_number()
    }

    fn renew_slot(&self, slot: u32, token: &str, expires_at: i64) -> Result<bool> {
        self.connection
            .value("renew_slot", params![slot, token, expires_at])?
            .boolean()
    }

    fn release_slot(&self, slot: u32, token: &str, hand_over: bool, now: i64) -> Result<bool> {
        self.connection
            .value("release_slot", params![slot, token, hand_over, now])?
            .boolean()
    }
}

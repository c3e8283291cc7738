//! The slots of drainers: as many as may work at once.

use ambassador::delegatable_trait;

use crate::Result;

/// The slots of drainers: as many as may work at once.
#[delegatable_trait]
pub trait Drainers {
    /// Takes a drainer's slot among `slots`, until `expires_at`. `None`: all are taken.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here unless it says otherwise.
    fn take_slot(&self, slots: u32, token: &str, expires_at: i64, now: i64) -> Result<Option<u32>>;

    /// Keeps a drainer's slot until `expires_at`. `false`: it had expired and was taken by another.
    fn renew_slot(&self, slot: u32, token: &str, expires_at: i64) -> Result<bool>;

    /// Gives a drainer's slot back, but only if nothing is pending and due: `false` means that
    /// there is work and the slot is still held. With `hand_over`, gives it back in any case.
    fn release_slot(&self, slot: u32, token: &str, hand_over: bool, now: i64) -> Result<bool>;
}

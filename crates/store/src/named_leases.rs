//! Leases with a name. A limited number of holders have one at once, each until a moment: the drainers' slots and their line,
//! the keeper, the calls of a service that are under way, and the signatures that were used.

use ambassador::delegatable_trait;

use crate::Result;

/// The name of the drainers' slots.
pub const DRAINER: &str = "drainer";

/// The name of what the calls of a service hold while they are under way.
#[must_use]
pub fn calls_of(service: &str) -> String {
    format!("calls {service}")
}

/// The most leases that are forgotten whenever one is taken.
pub(crate) const FORGOTTEN_AT_ONCE: u32 = 100;

/// For how long a lease is remembered that has expired and was taken by nobody else: until then its holder may renew it.
pub(crate) const REMEMBERED_MS: i64 = 60_000;

/// A lease that someone asks for.
#[derive(Debug, Clone, Copy)]
pub struct NewLease<'a> {
    /// What it is for.
    pub name: &'a str,
    /// How many may hold one of this name at once.
    pub at_once: u32,
    /// Names its holder and no other.
    pub token: &'a str,
    /// When it expires.
    pub expires_at: i64,
}

/// What came of asking for a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// It is the caller's. Those who hold one of a name at once have different numbers, the least first.
    Taken(u32),
    /// All are held, the first until this moment.
    HeldUntil(i64),
}

/// Leases with a name. One that has expired still holds until another takes it, or for a minute.
#[delegatable_trait]
pub trait NamedLeases {
    /// Takes a lease, if fewer are held than may be at once.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn take_lease(&self, lease: &NewLease<'_>, now: i64) -> Result<LeaseOutcome>;

    /// Keeps a lease until `expires_at`. `false`: it had expired and is another's, or forgotten.
    fn renew_lease(&self, name: &str, token: &str, expires_at: i64) -> Result<bool>;

    /// Gives a lease back. `false`: it had expired and is another's, or forgotten.
    fn give_back_lease(&self, name: &str, token: &str) -> Result<bool>;

    /// Gives a lease back, but only if nothing is pending and due: `false` means that there is work and the
    /// lease is still held. Whoever queues work afterwards finds the lease free.
    fn give_back_if_idle(&self, name: &str, token: &str, now: i64) -> Result<bool>;
}
